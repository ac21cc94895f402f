"""All SQL on saved addresses, except that an order reads one with its prices (orders/price_queries.py)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.addresses.address import SavedAddress
from microshop.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.platform.mysql import Database

_LOCK_ACCOUNT = "SELECT id FROM users WHERE id = %(user_id)s FOR UPDATE"
_OF_USER = """
SELECT id, slot, address, is_default, version, created_at, updated_at
FROM addresses FORCE INDEX (addresses_slot)
WHERE user_id = %(user_id)s
ORDER BY is_default DESC, id DESC
"""
_INSERT = """
INSERT INTO addresses (user_id, slot, address, is_default, version, created_at, updated_at)
VALUES (%(user_id)s, %(slot)s, %(address)s, %(is_default)s, 1, %(now)s, %(now)s)
"""
_UNSET_DEFAULT = "UPDATE addresses SET is_default = FALSE WHERE default_user_id = %(user_id)s"
_UPDATE = """
UPDATE addresses
SET address = %(address)s,
    is_default = %(is_default)s,
    version = version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
  AND user_id = %(user_id)s
"""
_DELETE = "DELETE FROM addresses WHERE id = %(id)s AND user_id = %(user_id)s"


class AddressRepository:
    """Reads and writes the addresses of one account at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lock(self, user_id: int) -> list[SavedAddress]:
        """Wait until no other transaction changes the account's addresses. Returns them.

        Raises:
            NotFound: there is no such account.
        """
        if self._database.row(_LOCK_ACCOUNT, {"user_id": user_id}) is None:
            raise NotFound("account")
        return self.of_user(user_id)

    def of_user(self, user_id: int) -> list[SavedAddress]:
        """Returns the addresses of an account: the default first, then the newest."""
        return [
            SavedAddress(**{**row, "address": json.loads(row["address"]), "is_default": bool(row["is_default"])})
            for row in self._database.rows(_OF_USER, {"user_id": user_id})
        ]

    def add(self, user_id: int, slot: int, address: Mapping[str, str], *, is_default: bool) -> int:
        """Insert an address. Returns its id."""
        values = {"user_id": user_id, "slot": slot, "address": _json(address), "is_default": is_default}
        return self._database.insert(_INSERT, {**values, "now": datetime.now(UTC)})

    def unset_default(self, user_id: int) -> None:
        """The account has no default address afterwards."""
        self._database.execute(_UNSET_DEFAULT, {"user_id": user_id})

    def update(self, user_id: int, address_id: int, address: Mapping[str, str], *, is_default: bool) -> None:
        """Replace an address of the account."""
        values = {"user_id": user_id, "id": address_id, "address": _json(address), "is_default": is_default}
        self._database.execute(_UPDATE, {**values, "now": datetime.now(UTC)})

    def delete(self, user_id: int, address_id: int) -> bool:
        """Delete an address of the account. Returns False if it has no such address."""
        return self._database.execute(_DELETE, {"user_id": user_id, "id": address_id}) == 1


def _json(address: Mapping[str, str]) -> str:
    return json.dumps(address, ensure_ascii=False)
