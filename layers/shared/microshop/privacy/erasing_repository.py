"""All SQL that erases an account. The statements on personal data come from the map (columns.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.privacy.columns import ERASED_EMAIL, ERASED_NAME, TABLES, Whose
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from microshop.platform.mysql import Database
    from microshop.privacy.columns import Table
    from microshop.users.user import Language

# Nothing is erased that the shop still needs to deliver, to be paid, to refund or to answer a dispute. A confirmed
# order whose money went back is never shipped.
_SETTLED = """
NOT EXISTS (
    SELECT 1
    FROM orders o
    WHERE o.user_id = e.user_id
      AND (
        (o.status IN ('pending', 'confirmed', 'shipped') AND o.payment_status <> 'refunded')
        OR o.payment_status IN ('processing', 'review')
        OR o.dispute_status IN ('inquiry', 'open')
        OR (o.status = 'returned' AND o.refunded_minor < COALESCE(o.return_refund_minor, o.captured_minor))
        OR EXISTS (SELECT 1 FROM refunds f WHERE f.order_id = o.id AND f.state IN ('requested', 'pending'))
        OR EXISTS (
            SELECT 1
            FROM payments p
            WHERE p.order_id = o.id
              AND (p.state IN ('started', 'unknown', 'processing', 'mismatched')
                   OR (p.state = 'stray' AND p.refunded_minor < p.captured_minor))
        )
      )
)
"""
_DUE = """
SELECT user_id, due_at
FROM erasures
WHERE state IN ('asked', 'erasing')
  AND due_at <= %(now)s
  AND (due_at, user_id) > (%(after_due_at)s, %(after_user_id)s)
ORDER BY due_at, user_id
LIMIT %(limit)s
"""
_LOCK = "SELECT email, language FROM users WHERE id = %(user_id)s FOR UPDATE"
_BEGIN = f"""
UPDATE erasures e
SET e.state = 'erasing'
WHERE e.user_id = %(user_id)s
  AND e.state = 'asked'
  AND e.due_at <= %(now)s
  AND NOT EXISTS (SELECT 1 FROM user_roles r WHERE r.user_id = e.user_id)
  AND {_SETTLED}
"""  # noqa: S608 - a constant
# A restored database may have given the number to a later account, which the tombstone is not about.
_BEGIN_AGAIN = """
INSERT INTO erasures (user_id, state, asked_at, due_at)
SELECT u.id, 'erasing', %(erased_at)s, %(erased_at)s
FROM users u
WHERE u.id = %(user_id)s
  AND u.created_at <= %(erased_at)s
ON DUPLICATE KEY UPDATE state = IF(erasures.state = 'asked', 'erasing', erasures.state)
"""
_STATE = "SELECT state FROM erasures WHERE user_id = %(user_id)s"
_CLOSE_ACCOUNT = """
UPDATE users
SET disabled_at = COALESCE(disabled_at, %(now)s),
    credentials_version = credentials_version + 1
WHERE id = %(user_id)s
"""
_REVOKE_KEYS = "UPDATE api_keys SET revoked_at = %(now)s WHERE user_id = %(user_id)s AND revoked_at IS NULL"
_FINISH = """
UPDATE erasures e
SET e.state = 'erased',
    e.erased_at = %(now)s
WHERE e.user_id = %(user_id)s
  AND e.state = 'erasing'
"""
_FINISH_SETTLED = f"{_FINISH}  AND {_SETTLED}"
_NOT_ERASED = """
SELECT u.id
FROM users u
LEFT JOIN erasures e ON e.user_id = u.id
WHERE u.id IN %(user_ids)s
  AND COALESCE(e.state, '') <> 'erased'
ORDER BY u.id
"""

# How the rows of a person are found: a join, and a condition.
_ROWS: dict[Whose, tuple[str, str]] = {
    Whose.ACCOUNT: ("", "t.id = %(user_id)s"),
    Whose.USER: ("", "t.user_id = %(user_id)s"),
    Whose.ORDERS: ("JOIN orders o ON o.id = t.order_id", "o.user_id = %(user_id)s"),
    Whose.PAYMENTS: (
        "JOIN payments p ON p.id = t.payment_id JOIN orders o ON o.id = p.order_id",
        "o.user_id = %(user_id)s",
    ),
    Whose.ADDRESS: ("", "t.email = %(email)s"),
    Whose.LINKS: (
        "",
        "t.email = %(email)s OR (t.subject_id = %(user_id)s AND t.purpose <> 'staff_invitation')",
    ),
    Whose.INVITATIONS: ("", "t.email = %(email)s OR t.user_id = %(user_id)s"),
}
# What replaces a column, if the map has no constant. JSON_MERGE_PATCH leaves out what the address does not have.
_EXPRESSIONS = {
    ("orders", "address"): f"""IF(
        JSON_TYPE(t.address) = 'OBJECT',
        JSON_MERGE_PATCH(
            JSON_OBJECT('recipient', '{ERASED_NAME}', 'street', '{ERASED_NAME}'),
            JSON_OBJECT('country', JSON_VALUE(t.address, '$.country'), 'region', JSON_VALUE(t.address, '$.region'))
        ),
        JSON_QUOTE('{ERASED_NAME}')
    )"""
}


class Owner(Value):
    """What the shop needs of an account to tell its owner that it was erased."""

    email: str
    language: Language


class ErasingRepository:
    """Reads which accounts are to be erased, and erases them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime, after: tuple[datetime, int], limit: int) -> list[tuple[datetime, int]]:
        """Returns time and account of erasures that are due or have begun, the oldest first, after `after`."""
        values = {"now": now, "after_due_at": after[0], "after_user_id": after[1], "limit": limit}
        return [(row["due_at"], row["user_id"]) for row in self._database.rows(_DUE, values)]

    def lock(self, user_id: int) -> Owner | None:
        """Returns the owner of an account, locked until the transaction ends, also for new orders; None without one."""
        row = self._database.row(_LOCK, {"user_id": user_id})
        return None if row is None else Owner(**row)

    def begin(self, user_id: int, now: datetime) -> bool:
        """Close a locked account for good if it is to be erased and nothing is open.

        Returns whether erasing has begun, now or before.
        """
        began = self._database.execute(_BEGIN, {"user_id": user_id, "now": now}) == 1
        return self._close(user_id, now) if began else self._has_begun(user_id)

    def begin_again(self, user_id: int, erased_at: datetime, now: datetime) -> bool:
        """Close a locked account of a restored database that was erased at `erased_at`.

        Returns False if it is erased already, or newer.
        """
        self._database.execute(_BEGIN_AGAIN, {"user_id": user_id, "erased_at": erased_at})
        return self._has_begun(user_id) and self._close(user_id, now)

    def erase(self, user_id: int, owner: Owner) -> None:
        """Erase everything personal about a locked account."""
        for statement, values in _statements(user_id, owner.email):
            self._database.execute(statement, values)

    def revoke_keys(self, user_id: int, now: datetime) -> None:
        """Revoke all API keys of an account."""
        self._database.execute(_REVOKE_KEYS, {"user_id": user_id, "now": now})

    def finish(self, user_id: int, now: datetime, *, only_if_settled: bool) -> bool:
        """Mark a locked account as erased. Returns False if erasing has not begun, or something is open again."""
        statement = _FINISH_SETTLED if only_if_settled else _FINISH
        return self._database.execute(statement, {"user_id": user_id, "now": now}) == 1

    def not_erased(self, user_ids: Sequence[int]) -> list[int]:
        """Returns those of the accounts that exist and are not erased."""
        return [row["id"] for row in self._database.rows(_NOT_ERASED, {"user_ids": tuple(user_ids)})]

    def _close(self, user_id: int, now: datetime) -> bool:
        self._database.execute(_CLOSE_ACCOUNT, {"user_id": user_id, "now": now})
        return True

    def _has_begun(self, user_id: int) -> bool:
        row = self._database.row(_STATE, {"user_id": user_id})
        return row is not None and row["state"] == "erasing"


def _statements(user_id: int, email: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Yields the statements of the map, with their values. The account itself is last: it has the address."""
    for name, table in sorted(TABLES.items(), key=lambda each: each[1].rows is Whose.ACCOUNT):
        if table.rows is Whose.NOBODY:
            continue
        join, condition = _ROWS[table.rows]
        values: dict[str, object] = {"user_id": user_id, "email": email}
        if table.deleted:
            yield f"DELETE t FROM {name} t {join} WHERE {condition}", values
        elif changes := list(_changes(name, table, values)):
            yield f"UPDATE {name} t {join} SET {', '.join(changes)} WHERE {condition}", values  # noqa: S608 - of the map


def _changes(name: str, table: Table, values: dict[str, object]) -> Iterator[str]:
    """Yields the assignments, and adds their values."""
    for column in table.erased.split():
        yield f"t.{column} = NULL"
    for column, value in table.replaced.items():
        if expression := _EXPRESSIONS.get((name, column)):
            yield f"t.{column} = {expression}"
        else:
            values[f"new_{column}"] = ERASED_EMAIL.format(user_id=values["user_id"]) if value == ERASED_EMAIL else value
            yield f"t.{column} = %(new_{column})s"
