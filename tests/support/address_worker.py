"""A process of a race that changes an address book.

Arguments: `add` and the account, or `default`, the account and the address.
"""

import sys

from tests.support.address_book import AddressBook
from tests.support.process_race import act_when_told

if __name__ == "__main__":
    kind, user_id, *address = sys.argv[1:]
    act_when_told(
        lambda database, _redis: (
            AddressBook(int(user_id), database).add(is_default=True)
            if kind == "add"
            else AddressBook(int(user_id), database).change(int(address[0]), is_default=True)
        )
    )
