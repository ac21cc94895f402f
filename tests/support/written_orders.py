"""Writes orders as they are given, whatever their state and time, with all that belongs to them."""

from collections.abc import Iterable

from microshop.orders.events import OrderCreated
from microshop.orders.history import Actor, Change
from microshop.orders.order import Order
from microshop.orders.placing_unit_of_work import PlacingUnitOfWork
from microshop.platform.mysql import Database


def write_orders(packets: Database, orders: Iterable[Order]) -> None:
    """Write them in one transaction. The connection must be one that sends packets, and the stock must suffice."""
    with PlacingUnitOfWork(packets) as packet:
        for order in orders:
            packet.orders.add(Change(order, "placed", Actor("customer", order.user_id), OrderCreated.of(order)))
            packet.stock.take(order)
        packet.commit()
