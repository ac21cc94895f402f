"""All SQL that reads orders. Every query for a single order restricts customers to their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from microshop.orders.history import HistoryEntry
from microshop.orders.numbers import end_order_id, first_order_id
from microshop.orders.order import Order, OrderDispute, OrderLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.orders.paging import OrderFilter
    from microshop.platform.mysql import Database, Row

_COLUMNS = (
    "id, order_number, user_id, status, payment_status, payment_method, payment_reference, currency, subtotal_minor, "
    "shipping_minor, tax_minor, total_minor, captured_minor, refunded_minor, address, carrier, tracking_number, "
    "expires_at, version, created_at, updated_at, dispute_status, return_refund_minor"
)
_VISIBLE = "id = %(id)s AND (%(owner)s IS NULL OR user_id = %(owner)s)"
_BY_ID = f"SELECT {_COLUMNS} FROM orders WHERE {_VISIBLE}"  # noqa: S608 - constants
_LOCK = f"{_BY_ID} FOR UPDATE"
_LINES = """
SELECT order_id, product_id, sku, name, unit_price_minor, quantity, returned
FROM order_lines
WHERE order_id IN %(ids)s
ORDER BY order_id, position
"""
_DISPUTES = """
SELECT order_id, status, reason, amount_minor, currency, respond_by, opened_at, closed_at
FROM disputes
WHERE order_id IN %(ids)s
ORDER BY opened_at, reference
"""
_HISTORY = """
SELECT version, action, status, payment_status, actor, actor_id, note, created_at
FROM order_history
WHERE order_id = %(id)s
ORDER BY version
"""
_HAS_REFERENCE = """
(
    EXISTS (SELECT 1 FROM payments WHERE payments.order_id = orders.id AND payments.reference = %(payment_reference)s)
    OR EXISTS (SELECT 1 FROM refunds WHERE refunds.order_id = orders.id AND refunds.reference = %(payment_reference)s)
)
"""
# Reads only the orders of a reference. Without this join order, the optimizer would check every order in order of id.
_BY_REFERENCE = """
(
    SELECT order_id FROM payments WHERE reference = %(payment_reference)s
    UNION
    SELECT order_id FROM refunds WHERE reference = %(payment_reference)s
) AS referenced
STRAIGHT_JOIN orders FORCE INDEX (PRIMARY) ON orders.id = referenced.order_id
"""
# The indexes whose lists may be as long as the table.
_LISTS_OF_MANY = frozenset({"PRIMARY", "orders_by_states", "orders_by_status", "orders_by_payment_status"})
_OF_EMAIL = "user_id = (SELECT users.id FROM users WHERE users.email = %(email)s)"


class OrderQueries:
    """Reads orders. An `owner` of None is for admins, who see all orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_id(self, order_id: int, owner: int | None) -> Order | None:
        """Returns an order, or None if there is none or it belongs to another customer."""
        return self._one(_BY_ID, order_id, owner)

    def lock(self, order_id: int, owner: int | None) -> Order | None:
        """Lock the order's row until the transaction ends. Returns the order like `by_id`."""
        return self._one(_LOCK, order_id, owner)

    def page(self, criteria: OrderFilter, after: int | None, limit: int) -> list[Order]:
        """Returns at most `limit` orders of a list, newest first, that come after the order `after`."""
        conditions, values = conditions_of(criteria)
        if after is not None:
            conditions.append("id < %(after)s")
            values["after"] = after
        sql = (
            f"SELECT {_COLUMNS} FROM {_page_source(criteria)}"  # noqa: S608 - built of constants only
            f" WHERE {' AND '.join(conditions) or 'TRUE'} ORDER BY id DESC LIMIT %(limit)s"
        )
        return self._with_lines(self._database.rows(sql, {**values, "limit": limit}))

    def history(self, order_id: int) -> list[HistoryEntry]:
        """Returns all changes of an order, oldest first. The caller checks that the user may see the order."""
        return [HistoryEntry(**row) for row in self._database.rows(_HISTORY, {"id": order_id})]

    def _one(self, sql: str, order_id: int, owner: int | None) -> Order | None:
        return next(iter(self._with_lines(self._database.rows(sql, {"id": order_id, "owner": owner}))), None)

    def _with_lines(self, rows: list[Row]) -> list[Order]:
        if not rows:
            return []
        lines: dict[int, list[OrderLine]] = {row["id"]: [] for row in rows}
        for line in self._database.rows(_LINES, {"ids": list(lines)}):
            lines[line.pop("order_id")].append(OrderLine(**line))
        disputes = self._disputes([row["id"] for row in rows if row["dispute_status"]])
        return [_order(row, lines[row["id"]], disputes.get((row["id"], row["dispute_status"]))) for row in rows]

    def _disputes(self, order_ids: Sequence[int]) -> dict[tuple[int, str], OrderDispute]:
        """Returns the latest dispute of each order and status."""
        rows = self._database.rows(_DISPUTES, {"ids": order_ids}) if order_ids else []
        return {(row.pop("order_id"), row["status"]): OrderDispute(**row) for row in rows}


class Source(NamedTuple):
    """The index that serves a list's most selective filter, and the conditions that it serves besides those on the id.

    With an empty name, the list is that of a payment's reference.
    """

    index_name: str
    conditions: tuple[str, ...] = ()

    def table(self, *other_indexes: str) -> str:
        """Returns the table expression. With other indexes, the optimizer chooses one of them or its own."""
        indexes = ", ".join((self.index_name, *other_indexes))
        return f"orders FORCE INDEX ({indexes})" if self.index_name else _BY_REFERENCE


def source_of(criteria: OrderFilter) -> Source:
    """Returns the source of a list.

    Without an index hint, the optimizer may sort all orders of a status instead of reading the newest ones.
    """
    status, payment_status = "status = %(status)s", "payment_status = %(payment_status)s"
    both = (criteria.status and criteria.payment_status) or None
    sources: list[tuple[Source, Any]] = [
        (Source("orders_number", ("order_number = %(order_number)s",)), criteria.order_number),
        (Source("orders_of_user", ("user_id = %(user_id)s",)), criteria.user_id),
        (Source("orders_of_user", (_OF_EMAIL,)), criteria.email),
        (Source(""), criteria.payment_reference),
        (Source("orders_by_dispute", ("dispute_status = %(dispute_status)s",)), criteria.dispute_status),
        (Source("orders_by_states", (status, payment_status)), both),
        (Source("orders_by_status", (status,)), criteria.status),
        (Source("orders_by_payment_status", (payment_status,)), criteria.payment_status),
        (Source("PRIMARY"), True),
    ]
    return next(source for source, value in sources if value is not None)


def _page_source(criteria: OrderFilter) -> str:
    source = source_of(criteria)
    has_total = criteria.min_total_minor is not None or criteria.max_total_minor is not None
    # Few orders may have such a total, or most: only the optimizer's estimate shows which index reads fewer.
    return source.table("orders_by_total") if has_total and source.index_name in _LISTS_OF_MANY else source.table()


def conditions_of(criteria: OrderFilter) -> tuple[list[str], dict[str, Any]]:
    """Returns the SQL conditions of a list and the values of their parameters."""
    filters: list[tuple[str, str, Any]] = [
        ("user_id = %(user_id)s", "user_id", criteria.user_id),
        ("status = %(status)s", "status", criteria.status),
        ("payment_status = %(payment_status)s", "payment_status", criteria.payment_status),
        ("dispute_status = %(dispute_status)s", "dispute_status", criteria.dispute_status),
        ("created_at >= %(created_from)s", "created_from", criteria.created_from),
        ("created_at < %(created_before)s", "created_before", criteria.created_before),
        ("total_minor >= %(min_total)s", "min_total", criteria.min_total_minor),
        ("total_minor <= %(max_total)s", "max_total", criteria.max_total_minor),
        ("order_number = %(order_number)s", "order_number", criteria.order_number),
        (_OF_EMAIL, "email", criteria.email),
        (_HAS_REFERENCE, "payment_reference", criteria.payment_reference),
    ]
    conditions = [condition for condition, _, value in filters if value is not None]
    values = {name: value for _, name, value in filters if value is not None}
    # Ids grow with time and every index ends with the id, so a list of last year does not read this year's orders.
    if criteria.created_from is not None:
        conditions.append("id >= %(first_id)s")
        values["first_id"] = first_order_id(criteria.created_from)
    if criteria.created_before is not None:
        conditions.append("id < %(end_id)s")
        values["end_id"] = end_order_id(criteria.created_before)
    return conditions, values


def _order(row: Row, lines: Sequence[OrderLine], dispute: OrderDispute | None) -> Order:
    return Order(**{**row, "address": json.loads(row["address"]), "lines": tuple(lines), "dispute": dispute})
