"""Writes given orders, in any state and of any time, with their history, events and stock."""

from collections.abc import Iterable

from microshop.orders.events import OrderCreated
from microshop.orders.history import Actor, Change
from microshop.orders.order import Order
from microshop.orders.placing_unit_of_work import PlacingUnitOfWork
from microshop.payments.free_payments import FreePayments
from microshop.platform.mysql import Database


def write_orders(batching: Database, orders: Iterable[Order]) -> None:
    """Write orders in one transaction. The connection must send batches, and the stock must be sufficient."""
    with PlacingUnitOfWork(batching, FreePayments) as batch:
        for order in orders:
            change = Change(order, "placed", Actor("customer", order.user_id), OrderCreated.of(order))
            batch.orders.add(change, max_unpaid=1000)
            batch.stock.take(order)
        batch.commit()
