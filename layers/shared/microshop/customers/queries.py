"""Queries for customers as staff see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from microshop.addresses.repository import AddressRepository
from microshop.customers.customer import (
    MAX_NOTES,
    RECENT_ORDERS,
    Account,
    FoundCustomer,
    OrdersOfCustomer,
    RecentOrder,
)
from microshop.order_notes.note import OrderNote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.addresses.address import SavedAddress
    from microshop.customers.customer import CustomerSearch
    from microshop.customers.paging import Position
    from microshop.platform.mysql import Database

_FOUND = "SELECT id, username, email, created_at, disabled_at FROM users"
_ACCOUNT = """
SELECT id, username, email, language, created_at, updated_at, email_verified_at, disabled_at, disabled_reason,
       EXISTS (SELECT 1 FROM user_roles r WHERE r.user_id = users.id) AS is_staff
FROM users
WHERE id = %(id)s
"""
_RECENT_ORDERS = """
SELECT id, order_number, status, payment_status, total_minor, currency, created_at
FROM orders FORCE INDEX (orders_of_user)
WHERE user_id = %(user_id)s
ORDER BY id DESC
LIMIT %(limit)s
"""
_NOTES = """
SELECT id, order_id, user_id, key_id, text, created_at
FROM order_notes FORCE INDEX (order_notes_of_order)
WHERE order_id IN %(order_ids)s
ORDER BY id DESC
LIMIT %(limit)s
"""


class _Source(NamedTuple):
    """The index of a search, its condition, its order, and the condition for rows after a position."""

    index_name: str
    condition: str
    order: str
    after: str


_NEWEST = _Source("PRIMARY", "TRUE", "id DESC", "id < %(after_id)s")
_BY_ID = _Source("PRIMARY", "id = %(id)s", "id DESC", "FALSE")
_BY_EMAIL = _Source("users_email", "email LIKE %(prefix)s", "email", "email > %(after_value)s")
# The alternatives are two ranges of the index, as in products/queries.py.
_BY_USERNAME = _Source(
    "users_by_username",
    "username LIKE %(prefix)s",
    "username, id",
    "(username > %(after_value)s OR (username = %(after_value)s AND id > %(after_id)s))",
)


class CustomerQueries:
    """Reads accounts for staff."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, search: CustomerSearch, after: Position | None, limit: int) -> list[FoundCustomer]:
        """Returns at most `limit` found accounts after a position.

        Those of a search by address or name are in its order; all accounts begin with the newest.
        """
        source, text = _source_of(search)
        conditions, values = [source.condition], {"id": search.id, "prefix": _prefix(text), "limit": limit}
        if after is not None:
            conditions.append(source.after)
            values |= {"after_value": after.value, "after_id": after.id}
        sql = (
            f"{_FOUND} FORCE INDEX ({source.index_name}) WHERE {' AND '.join(conditions)}"
            f" ORDER BY {source.order} LIMIT %(limit)s"
        )
        return [FoundCustomer(**row) for row in self._database.rows(sql, values)]

    def account(self, user_id: int) -> Account | None:
        """Returns an account; None without one."""
        row = self._database.row(_ACCOUNT, {"id": user_id})
        return None if row is None else Account(**{**row, "is_staff": bool(row["is_staff"])})

    def addresses(self, user_id: int) -> Sequence[SavedAddress]:
        """Returns the address book of an account."""
        return AddressRepository(self._database).of_user(user_id)

    def recent_orders(self, user_id: int) -> OrdersOfCustomer:
        """Returns the newest orders of an account, and the newest notes about them."""
        rows = self._database.rows(_RECENT_ORDERS, {"user_id": user_id, "limit": RECENT_ORDERS})
        orders = [RecentOrder(**row) for row in rows]
        return OrdersOfCustomer(orders, self._notes([order.id for order in orders]))

    def _notes(self, order_ids: Sequence[int]) -> list[OrderNote]:
        values = {"order_ids": order_ids, "limit": MAX_NOTES}
        return [OrderNote(**row) for row in self._database.rows(_NOTES, values)] if order_ids else []


def _source_of(search: CustomerSearch) -> tuple[_Source, str]:
    """Returns the source of a search, and the text that it begins with."""
    if search.email is not None:
        return _BY_EMAIL, search.email
    if search.username is not None:
        return _BY_USERNAME, search.username
    return (_NEWEST if search.id is None else _BY_ID), ""


def _prefix(text: str) -> str:
    """Returns the pattern of LIKE for texts that begin with `text`. Both servers escape with a backslash."""
    escaped = text
    for character in ("\\", "%", "_"):
        escaped = escaped.replace(character, f"\\{character}")
    return f"{escaped}%"
