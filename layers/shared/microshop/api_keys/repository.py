"""All SQL on API keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.api_keys.api_key import ApiKey
from microshop.scopes import scopes_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Set
    from datetime import date

    from microshop.platform.mysql import Database, Row
    from microshop.scopes import Scope

_COLUMNS = "id, user_id, name, prefix, key_hash, created_at, expires_at, last_used_on, revoked_at"
_INSERT = """
INSERT INTO api_keys (user_id, name, prefix, key_hash, created_at, expires_at)
VALUES (%(user_id)s, %(name)s, %(prefix)s, %(key_hash)s, %(now)s, %(expires_at)s)
"""
_ADD_SCOPE = "INSERT INTO api_key_scopes (key_id, scope) VALUES (%(key_id)s, %(scope)s)"
_LOCK = f"SELECT {_COLUMNS} FROM api_keys WHERE id = %(key_id)s FOR UPDATE"  # noqa: S608 - the columns are a constant
_LOCK_OF_USER = f"""
SELECT {_COLUMNS}
FROM api_keys
WHERE user_id = %(user_id)s
  AND revoked_at IS NULL
  AND expires_at > %(now)s
FOR UPDATE
"""  # noqa: S608 - the columns are a constant
_LIST = f"SELECT {_COLUMNS} FROM api_keys ORDER BY id DESC LIMIT 1000"  # noqa: S608 - the columns are a constant
_OWNERS = "SELECT DISTINCT user_id FROM api_keys WHERE revoked_at IS NULL AND expires_at > %(now)s"
_SCOPES = "SELECT scope FROM api_key_scopes WHERE key_id = %(key_id)s"
_ALL_SCOPES = "SELECT key_id, scope FROM api_key_scopes"
_REVOKE = "UPDATE api_keys SET revoked_at = %(now)s WHERE id = %(key_id)s AND revoked_at IS NULL"
_SET_LAST_USE = """
UPDATE api_keys
SET last_used_on = %(day)s
WHERE id = %(key_id)s
  AND (last_used_on IS NULL OR last_used_on < %(day)s)
"""


class ApiKeyRepository:
    """Reads and writes API keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, *, user_id: int, name: str, prefix: str, key_hash: str, scopes: Set[Scope], expires_at: datetime
    ) -> ApiKey:
        """Insert a key. Returns it."""
        values = {"user_id": user_id, "name": name, "prefix": prefix, "key_hash": key_hash, "expires_at": expires_at}
        key_id = self._database.insert(_INSERT, {**values, "now": datetime.now(UTC)})
        for scope in sorted(scopes):
            self._database.execute(_ADD_SCOPE, {"key_id": key_id, "scope": scope})
        return self._require(key_id)

    def lock(self, key_id: int) -> ApiKey | None:
        """Returns a key, locked until the transaction ends; None if there is no such key."""
        row = self._database.row(_LOCK, {"key_id": key_id})
        return None if row is None else self._with_scopes(row)

    def lock_of_user(self, user_id: int) -> list[ApiKey]:
        """Returns the valid keys of a member of staff, locked until the transaction ends."""
        rows = self._database.rows(_LOCK_OF_USER, {"user_id": user_id, "now": datetime.now(UTC)})
        return [self._with_scopes(row) for row in rows]

    def owners(self) -> list[int]:
        """Returns the ids of all members of staff who have a valid key."""
        return [row["user_id"] for row in self._database.rows(_OWNERS, {"now": datetime.now(UTC)})]

    def newest(self) -> list[ApiKey]:
        """Returns the newest keys, revoked and expired ones too."""
        scopes: dict[int, str] = {}
        for row in self._database.rows(_ALL_SCOPES):
            scopes[row["key_id"]] = f"{scopes.get(row['key_id'], '')} {row['scope']}"
        return [ApiKey(scopes=scopes_in(scopes.get(row["id"], "")), **row) for row in self._database.rows(_LIST)]

    def revoke(self, key_id: int) -> bool:
        """Revoke a key for ever. Returns False if it was revoked before."""
        return self._database.execute(_REVOKE, {"key_id": key_id, "now": datetime.now(UTC)}) == 1

    def set_last_uses(self, days: Iterable[tuple[int, date]]) -> None:
        """Record the day of the last use of keys."""
        for key_id, day in days:
            self._database.execute(_SET_LAST_USE, {"key_id": key_id, "day": day})

    def _require(self, key_id: int) -> ApiKey:
        key = self.lock(key_id)
        if key is None:
            raise LookupError(key_id)
        return key

    def _with_scopes(self, row: Row) -> ApiKey:
        found = self._database.rows(_SCOPES, {"key_id": row["id"]})
        return ApiKey(scopes=scopes_in(" ".join(each["scope"] for each in found)), **row)
