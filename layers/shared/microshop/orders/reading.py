"""The use cases of looking at an order, and who may."""

from typing import Protocol

from microshop.caller import ADMIN, Caller
from microshop.errors import NotFound
from microshop.orders.history import HistoryEntry
from microshop.orders.order import Order


class OrderHistory(Protocol):
    """Where an order's changes are read."""

    def by_id(self, order_id: int, owner: int | None) -> Order | None: ...
    def history(self, order_id: int) -> list[HistoryEntry]: ...


def get_order(caller: Caller, order_id: int, orders: OrderHistory) -> Order:
    """The order, if it is the caller's or the caller an admin.

    Raises:
        NotFound: there is none, or it is another's.
    """
    return found(orders.by_id(order_id, owner(caller)))


def get_history(caller: Caller, order_id: int, orders: OrderHistory) -> list[HistoryEntry]:
    """The order's changes, the first one first.

    Raises:
        NotFound: there is no such order, or it is another's.
    """
    return orders.history(get_order(caller, order_id, orders).id)


def owner(caller: Caller) -> int | None:
    """Whose orders the caller may see: None is everybody's."""
    return None if caller.has_role(ADMIN) else caller.user_id


def found(order: Order | None) -> Order:
    """The order.

    Raises:
        NotFound: there is none.
    """
    if order is None:
        raise NotFound("order")
    return order
