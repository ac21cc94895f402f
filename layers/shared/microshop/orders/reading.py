"""Use cases that read an order, and who may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.caller import ADMIN
from microshop.errors import NotFound

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.orders.history import HistoryEntry
    from microshop.orders.order import Order
    from microshop.orders.queries import OrderQueries


def get_order(caller: Caller, order_id: int, orders: OrderQueries) -> Order:
    """Return an order of the caller, or any order to an admin.

    Raises:
        NotFound: there is no such order, or it belongs to somebody else.
    """
    return found(orders.by_id(order_id, owner(caller)))


def get_history(caller: Caller, order_id: int, orders: OrderQueries) -> list[HistoryEntry]:
    """Return the changes of an order, the first one first.

    Raises:
        NotFound: there is no such order, or it belongs to somebody else.
    """
    return orders.history(get_order(caller, order_id, orders).id)


def owner(caller: Caller) -> int | None:
    """The user whose orders the caller may see; None for everybody's."""
    return None if caller.has_role(ADMIN) else caller.user_id


def found(order: Order | None) -> Order:
    """Return the order.

    Raises:
        NotFound: it is None.
    """
    if order is None:
        raise NotFound("order")
    return order
