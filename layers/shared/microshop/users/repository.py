"""All SQL on users."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import EmailTaken
from microshop.platform.mysql_errors import DuplicateKey
from microshop.scopes import scopes_in
from microshop.users.user import LoginAccount, User

if TYPE_CHECKING:
    from microshop.caller import Role
    from microshop.platform.mysql import Database, Row
    from microshop.users.user import Language

_COLUMNS = (
    "id, email, username, role, language, password_hash, credentials_version, created_at, updated_at, "
    "email_verified_at, (SELECT due_at FROM erasures e WHERE e.user_id = users.id) AS erasure_due_at"
)

_INSERT = """
INSERT INTO users (email, username, role, language, password_hash, credentials_version, created_at, updated_at)
VALUES (%(email)s, %(username)s, %(role)s, %(language)s, %(password_hash)s, 1, %(now)s, %(now)s)
"""
_BY_ID = f"SELECT {_COLUMNS} FROM users WHERE id = %(id)s"  # noqa: S608 - the columns are a constant
_BY_EMAIL = f"SELECT {_COLUMNS} FROM users WHERE email = %(email)s"  # noqa: S608 - the columns are a constant
_ENABLED_BY_EMAIL = f"{_BY_EMAIL} AND disabled_at IS NULL"
_LOCK_ENABLED = f"{_BY_ID} AND disabled_at IS NULL FOR UPDATE"
# One row in any case, and lookups for account 0 if there is none, so that an unknown address is the same work.
_FOR_LOGIN = f"""
SELECT {_COLUMNS}, disabled_at,
       (SELECT GROUP_CONCAT(DISTINCT s.scope SEPARATOR ' ')
        FROM user_roles r
        JOIN role_scopes s ON s.role_id = r.role_id
        WHERE r.user_id = COALESCE(users.id, 0)) AS scopes,
       EXISTS (SELECT 1
               FROM second_factors f
               WHERE f.user_id = COALESCE(users.id, 0)
                 AND f.confirmed_at IS NOT NULL) AS has_second_factor
FROM (SELECT 1) AS one
LEFT JOIN users ON email = %(email)s
"""  # noqa: S608 - the columns are a constant
# The lock waits for a change in progress. MariaDB does not support the newer syntax, FOR SHARE.
_CREDENTIALS_VERSION = "SELECT credentials_version FROM users WHERE id = %(id)s LOCK IN SHARE MODE"
_UPDATE_PROFILE = """
UPDATE users
SET username = COALESCE(%(username)s, username),
    language = COALESCE(%(language)s, language),
    updated_at = %(now)s
WHERE id = %(id)s
"""
_CHANGE_CREDENTIALS = """
UPDATE users
SET password_hash = %(password_hash)s,
    credentials_version = credentials_version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
  AND credentials_version = %(credentials_version)s
"""
_CHANGE_EMAIL = """
UPDATE users
SET email = %(email)s,
    email_verified_at = %(now)s,
    credentials_version = credentials_version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
"""
_VERIFY_EMAIL = """
UPDATE users
SET email_verified_at = %(now)s
WHERE id = %(id)s
  AND email = %(email)s
  AND email_verified_at IS NULL
"""
_INVALIDATE_LOGINS = """
UPDATE users
SET credentials_version = credentials_version + 1
WHERE id = %(id)s
"""
_REPLACE_HASH = """
UPDATE users
SET password_hash = %(new_hash)s
WHERE id = %(id)s
  AND password_hash = %(old_hash)s
"""


class UserRepository:
    """Reads and writes accounts; emails are normalised (normalise_email)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, *, email: str, username: str, role: Role, language: Language, password_hash: str) -> int:
        """Insert an account. Returns its id.

        Raises:
            EmailTaken: another account has the address.
        """
        values = {
            "email": email,
            "username": username,
            "role": role,
            "language": language,
            "password_hash": password_hash,
        }
        try:
            return self._database.insert(_INSERT, {**values, "now": datetime.now(UTC)})
        except DuplicateKey:
            raise EmailTaken from None

    def by_id(self, user_id: int) -> User | None:
        """Returns the account with this id, or None."""
        return _user(self._database.row(_BY_ID, {"id": user_id}))

    def by_email(self, email: str) -> User | None:
        """Returns the account with this address, or None."""
        return _user(self._database.row(_BY_EMAIL, {"email": email}))

    def enabled_by_email(self, email: str) -> User | None:
        """Returns the account with this address; None without one, or if it is disabled."""
        return _user(self._database.row(_ENABLED_BY_EMAIL, {"email": email}))

    def lock_enabled(self, user_id: int) -> User | None:
        """Lock an account until the transaction ends. Returns it; None without one, or if it is disabled."""
        return _user(self._database.row(_LOCK_ENABLED, {"id": user_id}))

    def for_login(self, email: str) -> LoginAccount | None:
        """Returns the account with this address and its scopes, in one round trip; None without an account.

        It does the same work in both cases, so that its time does not reveal who has an account.
        """
        [row] = self._database.rows(_FOR_LOGIN, {"email": email})
        disabled_at, scopes, has_second_factor = (
            row.pop(name) for name in ("disabled_at", "scopes", "has_second_factor")
        )
        user = User(**row)
        account = LoginAccount(user, scopes_in(scopes or ""), disabled_at is not None, bool(has_second_factor))
        return account if row["id"] is not None else None

    def read_credentials_version(self, user_id: int) -> int | None:
        """Returns the credentials version, or None without an account. Waits for a change in progress."""
        row = self._database.row(_CREDENTIALS_VERSION, {"id": user_id})
        return None if row is None else int(row["credentials_version"])

    def update_profile(self, user_id: int, *, username: str | None, language: Language | None) -> None:
        """Set the fields that are not None."""
        self._database.execute(
            _UPDATE_PROFILE,
            {"id": user_id, "username": username, "language": language, "now": datetime.now(UTC)},
            idempotent=True,
        )

    def set_password(self, user: User, password_hash: str) -> bool:
        """Set a new hash. Returns False if the credentials changed since `user` was read."""
        values = {"id": user.id, "credentials_version": user.credentials_version, "password_hash": password_hash}
        return self._database.execute(_CHANGE_CREDENTIALS, {**values, "now": datetime.now(UTC)}) == 1

    def set_email(self, user_id: int, email: str) -> None:
        """Set another address, which is verified, and increment the credentials version.

        Raises:
            EmailTaken: another account has the address.
        """
        try:
            self._database.execute(_CHANGE_EMAIL, {"id": user_id, "email": email, "now": datetime.now(UTC)})
        except DuplicateKey:
            raise EmailTaken from None

    def verify_email(self, user_id: int, email: str) -> bool:
        """Mark the address as verified. Returns False if it was verified before, or is not the account's."""
        values = {"id": user_id, "email": email, "now": datetime.now(UTC)}
        return self._database.execute(_VERIFY_EMAIL, values) == 1

    def invalidate_logins(self, user_id: int) -> None:
        """Increment the credentials version, so that no login in progress gets a session."""
        self._database.execute(_INVALIDATE_LOGINS, {"id": user_id})

    def replace_hash(self, user: User, new_hash: str) -> None:
        """Store the same password hashed with newer parameters, unless the password has changed meanwhile."""
        self._database.execute(_REPLACE_HASH, {"id": user.id, "old_hash": user.password_hash, "new_hash": new_hash})


def _user(row: Row | None) -> User | None:
    return User(**row) if row else None
