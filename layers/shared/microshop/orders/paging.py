"""Pages of orders: the newest first, each beginning after the last order of the one before."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from microshop import cursors
from microshop.caller import ADMIN, Caller
from microshop.orders.order import Order
from microshop.orders.states import PaymentStatus, Status

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100


@dataclass(frozen=True)
class OrderFilter:
    """Which orders a list shows; None does not filter. Amounts are in minor units, both ends included.

    `created_from` is included, `created_before` is not.
    """

    user_id: int | None = None
    status: Status | None = None
    payment_status: PaymentStatus | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    min_total_minor: int | None = None
    max_total_minor: int | None = None


@dataclass(frozen=True)
class OrderPage:
    """Some orders, and the cursor of the next page or None on the last."""

    items: list[Order]
    next_cursor: str | None


class OrderList(Protocol):
    """Where orders are listed."""

    def page(self, chosen: OrderFilter, after: int | None, limit: int) -> list[Order]: ...


def list_orders(caller: Caller, chosen: OrderFilter, after: int | None, limit: int, orders: OrderList) -> OrderPage:
    """One page of the orders that the caller may see. Orders placed meanwhile neither repeat nor hide others."""
    visible = chosen if caller.has_role(ADMIN) else replace(chosen, user_id=caller.user_id)
    found = orders.page(visible, after, limit + 1)  # one more tells whether another page follows
    items = found[:limit]
    return OrderPage(items, encode_cursor(items[-1].id, chosen) if len(found) > limit else None)


def encode_cursor(last_id: int, chosen: OrderFilter) -> str:
    """A cursor that goes on after the order `last_id`."""
    return cursors.encode([last_id], chosen)


def decode_cursor(cursor: str, chosen: OrderFilter) -> int:
    """The id of the order to go on after.

    Raises:
        ValueError: the cursor was not made for this list.
    """
    match cursors.decode(cursor, chosen):
        case [last_id] if cursors.is_id(last_id):
            return int(last_id)
    raise ValueError(cursors.INVALID_CURSOR)
