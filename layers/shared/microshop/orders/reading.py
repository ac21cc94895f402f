"""Use cases that read an order, and the rule which orders a caller may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import NotFound
from microshop.scopes import READ_ORDERS

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.orders.history import HistoryEntry
    from microshop.orders.order import Order
    from microshop.orders.queries import OrderQueries
    from microshop.scopes import Scope


def get_order(caller: Caller, order_id: int, orders: OrderQueries) -> Order:
    """Returns an order of the caller; staff with the scope read_orders get any order.

    Raises:
        NotFound: there is no such order, or it belongs to another customer.
    """
    return require_found(orders.by_id(order_id, visible_owner(caller)))


def get_history(caller: Caller, order_id: int, orders: OrderQueries) -> list[HistoryEntry]:
    """Returns the changes of an order, oldest first.

    Raises:
        NotFound: there is no such order, or it belongs to another customer.
    """
    return orders.history(get_order(caller, order_id, orders).id)


def visible_owner(caller: Caller, scope: Scope = READ_ORDERS) -> int | None:
    """Returns the user whose orders the caller may see or change, or None for the orders of all users.

    `scope` is the scope for the orders of all users.
    """
    return None if caller.may(scope) else caller.user_id


def require_found(order: Order | None) -> Order:
    """Returns the order.

    Raises:
        NotFound: the order is None.
    """
    if order is None:
        raise NotFound("order")
    return order
