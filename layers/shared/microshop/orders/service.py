"""The use cases of orders that are there: each one transaction, with the change its history entry and its event."""

from datetime import UTC, datetime
from typing import Any, Protocol

from microshop.caller import ADMIN, Caller
from microshop.errors import NotFound
from microshop.orders.events import OrderCancelled, OrderConfirmed, OrderDelivered, OrderEvent, OrderShipped
from microshop.orders.history import Actor, Change, HistoryEntry
from microshop.orders.order import Order
from microshop.orders.states import CANCEL, CONFIRM, DELIVER, SHIP, Transition
from microshop.transactions import Transaction, retried


class Orders(Protocol):
    """Where orders are read and changed."""

    def locked(self, order_id: int, owner: int | None) -> Order | None: ...
    def change(self, change: Change, transition: Transition) -> None: ...


class StockReturns(Protocol):
    """Where stock is given back."""

    def put_back(self, order: Order, user_id: int | None, reason: str) -> None: ...


class OrdersTransaction(Transaction, Protocol):
    """A transaction that changes an order."""

    @property
    def orders(self) -> Orders: ...
    @property
    def stock(self) -> StockReturns: ...


class OrderHistory(Protocol):
    """Where an order's changes are read."""

    def by_id(self, order_id: int, owner: int | None) -> Order | None: ...
    def history(self, order_id: int) -> list[HistoryEntry]: ...


def get_order(caller: Caller, order_id: int, orders: OrderHistory) -> Order:
    """The order, if it is the caller's or the caller an admin.

    Raises:
        NotFound: there is none, or it is another's.
    """
    return _found(orders.by_id(order_id, _owner(caller)))


def get_history(caller: Caller, order_id: int, orders: OrderHistory) -> list[HistoryEntry]:
    """The order's changes, the first one first.

    Raises:
        NotFound: there is no such order, or it is another's.
    """
    return orders.history(get_order(caller, order_id, orders).id)


@retried
def cancel_order(caller: Caller, order_id: int, reason: str | None, transaction: OrdersTransaction) -> Order:
    """Call an order off and give its stock back, once; the order as it is then.

    Raises:
        NotFound: there is no such order, or it is another's.
        WrongOrderState: it was shipped, or called off before.
    """
    with transaction:
        before = _found(transaction.orders.locked(order_id, _owner(caller)))
        after = before.after(CANCEL, datetime.now(UTC))
        event = OrderCancelled.of(after, previous_status=before.status)
        transaction.orders.change(Change(after, CANCEL.action, Actor.of(caller), event, reason), CANCEL)
        transaction.stock.put_back(after, caller.user_id, "order cancelled")
        transaction.commit()
    return after


def confirm_order(caller: Caller, order_id: int, reference: str, transaction: OrdersTransaction) -> Order:
    """Record that an order was paid outside the shop, under what reference; the order as it is then.

    Raises:
        NotFound: there is no such order.
        WrongOrderState: it does not wait for a payment.
    """
    return _change(caller, order_id, CONFIRM, OrderConfirmed, transaction, note=reference, payment_reference=reference)


def ship_order(
    caller: Caller, order_id: int, carrier: str, tracking_number: str, transaction: OrdersTransaction
) -> Order:
    """Record that an order is on its way; the order as it is then.

    Raises:
        NotFound: there is no such order.
        WrongOrderState: it is not confirmed, or was shipped before.
    """
    shipment = {"carrier": carrier, "tracking_number": tracking_number}
    note = f"{carrier} {tracking_number}"
    return _change(caller, order_id, SHIP, OrderShipped, transaction, note=note, tells=shipment, **shipment)


def deliver_order(caller: Caller, order_id: int, transaction: OrdersTransaction) -> Order:
    """Record that an order has arrived; the order as it is then. Cash on delivery is paid by that.

    Raises:
        NotFound: there is no such order.
        WrongOrderState: it was not shipped, or was delivered before.
    """
    return _change(caller, order_id, DELIVER, OrderDelivered, transaction)


@retried
def _change(
    caller: Caller,
    order_id: int,
    transition: Transition,
    event: type[OrderEvent],
    transaction: OrdersTransaction,
    *,
    note: str | None = None,
    tells: dict[str, Any] | None = None,
    **details: Any,
) -> Order:
    with transaction:
        before = _found(transaction.orders.locked(order_id, _owner(caller)))
        after = before.after(transition, datetime.now(UTC), **details)
        told = event.of(after, **(tells or {}))
        transaction.orders.change(Change(after, transition.action, Actor.of(caller), told, note), transition)
        transaction.commit()
    return after


def _owner(caller: Caller) -> int | None:
    return None if caller.has_role(ADMIN) else caller.user_id


def _found(order: Order | None) -> Order:
    if order is None:
        raise NotFound("order")
    return order
