"""SQL that reads what is stored about a person, except their orders (order_queries.py).

Each column is named, so that no secret reaches a file by accident. A test fails for a column that holds text and is
neither exported nor left out with a reason.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microshop.platform.mysql import Database, Row

_PAGE = 1000
_ACCOUNT = """
SELECT id, email, username, role, language, created_at, updated_at, email_verified_at, disabled_at, disabled_reason
FROM users
WHERE id = %(user_id)s
"""
_ROLES = """
SELECT roles.name
FROM user_roles
JOIN roles ON roles.id = user_roles.role_id
WHERE user_roles.user_id = %(user_id)s
ORDER BY roles.id
"""
_SECOND_FACTOR = """
SELECT created_at, confirmed_at,
       (SELECT COUNT(*) FROM recovery_codes WHERE recovery_codes.user_id = second_factors.user_id)
           AS unused_recovery_codes
FROM second_factors
WHERE user_id = %(user_id)s
"""
_ERASURE = "SELECT state, asked_at, due_at, erased_at FROM erasures WHERE user_id = %(user_id)s"
_ADDRESSES = """
SELECT id, address, is_default, version, created_at, updated_at
FROM addresses
WHERE user_id = %(user_id)s
ORDER BY id
"""
_API_KEYS = """
SELECT id, name, prefix, created_at, expires_at, last_used_on, revoked_at,
       (SELECT GROUP_CONCAT(scope ORDER BY scope SEPARATOR ' ')
        FROM api_key_scopes
        WHERE api_key_scopes.key_id = api_keys.id) AS scopes
FROM api_keys
WHERE user_id = %(user_id)s
ORDER BY id
"""
# What an invitation tells about other people, such as the inviter, belongs to them.
_INVITATIONS = """
SELECT id, email, language, created_at, expires_at, accepted_at, revoked_at
FROM staff_invitations
WHERE user_id = %(user_id)s
   OR email = %(email)s
ORDER BY id
"""
# `subject_id` is an account for every purpose but that of an invitation.
_LINKS = """
SELECT purpose, email, expires_at
FROM mail_links
WHERE (subject_id = %(user_id)s AND purpose <> 'staff_invitation')
   OR email = %(email)s
ORDER BY expires_at
"""
_WAITING_MAILS = "SELECT email, created_at FROM mail_recipients WHERE email = %(email)s ORDER BY id"
_EXPORTS = """
SELECT id, state, attempts, requested_at, ready_at, expires_at
FROM data_exports
WHERE user_id = %(user_id)s
ORDER BY id
"""
_AUDITED_ACTS = """
SELECT id, at, key_id, action, entity, entity_id, changes, request_id
FROM audit_log FORCE INDEX (audit_log_user)
WHERE user_id = %(user_id)s
  AND id > %(after)s
ORDER BY id
LIMIT %(limit)s
"""
# By whom an account was changed belongs to the other person.
_AUDITED_CHANGES = """
SELECT id, at, action, entity, entity_id, changes
FROM audit_log FORCE INDEX (audit_log_entity)
WHERE entity = 'user'
  AND entity_id = %(user_id)s
  AND user_id <> %(user_id)s
  AND id > %(after)s
ORDER BY id
LIMIT %(limit)s
"""


class PersonQueries:
    """Reads what is stored about a person."""

    def __init__(self, database: Database, user_id: int, email: str) -> None:
        self._database = database
        self._person = {"user_id": user_id, "email": email}

    def account(self) -> Row:
        """Returns the account with its roles, second factor and requested erasure, without secrets."""
        [account] = self._rows(_ACCOUNT)
        return {
            **account,
            "roles": self._rows(_ROLES),
            "second_factor": next(iter(self._rows(_SECOND_FACTOR)), None),
            "erasure": next(iter(self._rows(_ERASURE)), None),
        }

    def addresses(self) -> list[Row]:
        """Returns the address book."""
        return [
            {**row, "address": json.loads(row["address"]), "is_default": bool(row["is_default"])}
            for row in self._rows(_ADDRESSES)
        ]

    def api_keys(self) -> list[Row]:
        """Returns the keys that the person has made, without what signs in."""
        return self._rows(_API_KEYS)

    def invitations(self) -> list[Row]:
        """Returns the person's invitations to the staff."""
        return self._rows(_INVITATIONS)

    def mails(self) -> Row:
        """Returns the links of mails that still work, and the mails that are not sent yet."""
        return {"links": self._rows(_LINKS), "waiting": self._rows(_WAITING_MAILS)}

    def exports(self) -> list[Row]:
        """Returns the person's exports."""
        return self._rows(_EXPORTS)

    def audit_log(self) -> Iterator[Row]:
        """Yields what the person did as staff, then what others did to their account."""
        for by_you, sql in ((True, _AUDITED_ACTS), (False, _AUDITED_CHANGES)):
            after = 0
            while page := self._database.rows(sql, {**self._person, "after": after, "limit": _PAGE}):
                for row in page:
                    yield {**row, "by_you": by_you, "changes": json.loads(row["changes"] or "{}")}
                after = page[-1]["id"]

    def _rows(self, sql: str) -> list[Row]:
        return self._database.rows(sql, self._person)
