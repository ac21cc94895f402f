"""Writes given orders, in any state and of any time, with their history, events and stock."""

from collections.abc import Iterable

from microshop.orders.events import OrderCreated
from microshop.orders.history import Actor, Change
from microshop.orders.order import Order
from microshop.orders.placing_unit_of_work import PlacingUnitOfWork
from microshop.platform.mysql import Database


def write_orders(database: Database, orders: Iterable[Order]) -> None:
    """Write orders one after the other. The stock must be sufficient."""
    uow = PlacingUnitOfWork(database)
    for order in orders:
        change = Change(order, "placed", Actor("customer", order.user_id), OrderCreated.of(order))
        uow.place(change, [], max_unpaid=1000, key=None)
