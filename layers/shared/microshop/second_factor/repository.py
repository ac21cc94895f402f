"""All SQL on second factors and recovery codes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.platform.mysql_errors import DuplicateKey
from microshop.second_factor.factor import SecondFactor
from microshop.staff_errors import AlreadyEnrolled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microshop.platform.mysql import Database

_READ = """
SELECT user_id, sealed_secret, confirmed_at IS NOT NULL AS is_confirmed
FROM second_factors
WHERE user_id = %(user_id)s
"""
_DISCARD_UNCONFIRMED = """
DELETE FROM second_factors
WHERE user_id = %(user_id)s
  AND confirmed_at IS NULL
"""
_INSERT = """
INSERT INTO second_factors (user_id, sealed_secret, created_at)
VALUES (%(user_id)s, %(sealed_secret)s, %(now)s)
"""
# The conditions on the secret refuse a code of a factor that has been replaced since it was read.
_CONFIRM = """
UPDATE second_factors
SET confirmed_at = %(now)s,
    last_step = %(step)s
WHERE user_id = %(user_id)s
  AND sealed_secret = %(sealed_secret)s
  AND confirmed_at IS NULL
"""
_USE_STEP = """
UPDATE second_factors
SET last_step = %(step)s
WHERE user_id = %(user_id)s
  AND sealed_secret = %(sealed_secret)s
  AND confirmed_at IS NOT NULL
  AND last_step < %(step)s
"""
_ADD_RECOVERY_CODE = "INSERT INTO recovery_codes (user_id, code_hash) VALUES (%(user_id)s, %(code_hash)s)"
_USE_RECOVERY_CODE = "DELETE FROM recovery_codes WHERE user_id = %(user_id)s AND code_hash = %(code_hash)s"
# The recovery codes go with it. One that was not confirmed protects nothing yet, and the next enrolment replaces it.
_REMOVE = "DELETE FROM second_factors WHERE user_id = %(user_id)s AND confirmed_at IS NOT NULL"


class SecondFactorRepository:
    """Reads and writes second factors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, user_id: int) -> SecondFactor | None:
        """Returns the second factor of an account, or None."""
        row = self._database.row(_READ, {"user_id": user_id})
        return SecondFactor(row["user_id"], row["sealed_secret"], bool(row["is_confirmed"])) if row else None

    def begin(self, user_id: int, sealed_secret: bytes) -> None:
        """Insert a second factor that is to be confirmed, in place of an earlier one that was not.

        Raises:
            AlreadyEnrolled: the account has a confirmed one.
        """
        self._database.execute(_DISCARD_UNCONFIRMED, {"user_id": user_id})
        values = {"user_id": user_id, "sealed_secret": sealed_secret, "now": datetime.now(UTC)}
        try:
            self._database.execute(_INSERT, values)
        except DuplicateKey:
            raise AlreadyEnrolled from None

    def confirm(self, factor: SecondFactor, step: int) -> bool:
        """Put a second factor into force with the step of its first code. Returns False if it has changed."""
        values = {"user_id": factor.user_id, "sealed_secret": factor.sealed_secret, "step": step}
        return self._database.execute(_CONFIRM, {**values, "now": datetime.now(UTC)}) == 1

    def use_step(self, factor: SecondFactor, step: int) -> bool:
        """Use the code of a step. Returns False if this or a later one has been used."""
        values = {"user_id": factor.user_id, "sealed_secret": factor.sealed_secret, "step": step}
        return self._database.execute(_USE_STEP, values) == 1

    def add_recovery_codes(self, user_id: int, hashes: Iterable[bytes]) -> None:
        """Insert recovery codes."""
        for code_hash in hashes:
            self._database.execute(_ADD_RECOVERY_CODE, {"user_id": user_id, "code_hash": code_hash})

    def use_recovery_code(self, user_id: int, code_hash: bytes) -> bool:
        """Use a recovery code. Returns False if there is none, or it has been used."""
        return self._database.execute(_USE_RECOVERY_CODE, {"user_id": user_id, "code_hash": code_hash}) == 1

    def remove(self, user_id: int) -> bool:
        """Delete the second factor. Returns False if there is none, or it was not confirmed."""
        return self._database.execute(_REMOVE, {"user_id": user_id}) == 1
