"""A process of a race that uses a link. Arguments: `reset`, a token and the new password, or `change` and a token."""

import sys

from tests.support.account_owner import Owner
from tests.support.process_race import act_when_told

if __name__ == "__main__":
    kind, *arguments = sys.argv[1:]
    act_when_told(
        lambda database, redis: {"reset": Owner.reset, "change": Owner.change_email}[kind](
            Owner(0, database, redis), *arguments
        )
    )
