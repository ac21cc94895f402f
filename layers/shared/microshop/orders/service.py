"""The use cases of orders that are there: each one transaction, with the change its history entry and its event."""

from datetime import UTC, datetime
from typing import Protocol

from microshop.caller import Caller
from microshop.orders.events import OrderCancelled, OrderConfirmed, OrderDelivered, OrderShipped, RestockedLine
from microshop.orders.history import Actor, Change
from microshop.orders.order import Order
from microshop.orders.reading import found, owner
from microshop.orders.states import CANCEL, CANCEL_REFUNDED, CONFIRM, DELIVER, SHIP, Transition
from microshop.transactions import Transaction, retried


class Orders(Protocol):
    """Where orders are read and changed."""

    def locked(self, order_id: int, owner: int | None) -> Order | None: ...
    def change(self, change: Change, transition: Transition) -> None: ...


class StockReturns(Protocol):
    """Where stock is given back."""

    def put_back(self, order: Order, user_id: int | None, reason: str) -> None: ...


class Money(Protocol):
    """Where it is written down what an order's change means for its money."""

    def keep_units(self, order: Order) -> None:
        """Let the refunds that are under way bring no units back: the end of the order brings all of them."""
        ...

    def give_back(self, order: Order) -> None:
        """Call off what may still be paid for an order that is over, and request the refund of what was paid."""
        ...

    def record_by_hand(self, order: Order, provider: str, reference: str | None) -> None:
        """Enter that the order was paid whole, outside the shop; what may still be paid otherwise is called off."""
        ...


class OrdersTransaction(Transaction, Protocol):
    """A transaction that changes an order."""

    @property
    def orders(self) -> Orders: ...
    @property
    def stock(self) -> StockReturns: ...
    @property
    def money(self) -> Money: ...


@retried
def cancel_order(caller: Caller, order_id: int, reason: str | None, transaction: OrdersTransaction) -> Order:
    """Call an order off, give its stock back, once, and request the refund of what was paid; the order as it is then.

    Raises:
        NotFound: there is no such order, or it is another's.
        WrongOrderState: it was shipped, or called off before, or its money is on its way.
    """
    with transaction:
        before = found(transaction.orders.locked(order_id, owner(caller)))
        if any(line.returned for line in before.lines):
            transaction.money.keep_units(before)
            before = found(transaction.orders.locked(order_id, owner(caller)))
        transition = CANCEL_REFUNDED if _is_all_back(before) else CANCEL
        after = before.after(transition, datetime.now(UTC))
        event = OrderCancelled.of(after, previous_status=before.status, restocked=restocked(before))
        transaction.orders.change(Change(after, transition.action, Actor.of(caller), event, reason), transition)
        transaction.money.give_back(after)
        transaction.stock.put_back(after, caller.user_id, "order cancelled")
        transaction.commit()
    return after.with_all_units_returned()


@retried
def confirm_order(caller: Caller, order_id: int, reference: str, transaction: OrdersTransaction) -> Order:
    """Record that an order was paid outside the shop, under what reference; the order as it is then.

    Raises:
        NotFound: there is no such order.
        WrongOrderState: it does not wait for a payment.
    """
    with transaction:
        before = found(transaction.orders.locked(order_id, owner(caller)))
        after = before.after(CONFIRM, datetime.now(UTC), payment_reference=reference, captured_minor=before.total_minor)
        change = Change(after, CONFIRM.action, Actor.of(caller), OrderConfirmed.of(after), reference)
        transaction.orders.change(change, CONFIRM)
        transaction.money.record_by_hand(after, "offline", reference)
        transaction.commit()
    return after


@retried
def ship_order(
    caller: Caller, order_id: int, carrier: str, tracking_number: str, transaction: OrdersTransaction
) -> Order:
    """Record that an order is on its way; the order as it is then.

    Raises:
        NotFound: there is no such order.
        WrongOrderState: it is not confirmed, or was shipped or refunded before.
    """
    shipment = {"carrier": carrier, "tracking_number": tracking_number}
    with transaction:
        before = found(transaction.orders.locked(order_id, owner(caller)))
        after = before.after(SHIP, datetime.now(UTC), **shipment)
        event = OrderShipped.of(after, **shipment)
        note = f"{carrier} {tracking_number}"
        transaction.orders.change(Change(after, SHIP.action, Actor.of(caller), event, note), SHIP)
        transaction.commit()
    return after


@retried
def deliver_order(caller: Caller, order_id: int, transaction: OrdersTransaction) -> Order:
    """Record that an order has arrived; the order as it is then. Cash on delivery is paid by that.

    Raises:
        NotFound: there is no such order.
        WrongOrderState: it was not shipped, or was delivered before.
    """
    with transaction:
        before = found(transaction.orders.locked(order_id, owner(caller)))
        pays = before.payment_status == "unpaid"
        paid = {"captured_minor": before.total_minor} if pays else {}
        after = before.after(DELIVER, datetime.now(UTC), **paid)
        change = Change(after, DELIVER.action, Actor.of(caller), OrderDelivered.of(after))
        transaction.orders.change(change, DELIVER)
        if pays:
            transaction.money.record_by_hand(after, "cash_on_delivery", None)
        transaction.commit()
    return after


def restocked(order: Order) -> list[RestockedLine]:
    """What goes back to stock when `order` ends."""
    return [RestockedLine(product_id=line.product_id, quantity=line.kept) for line in order.lines if line.kept]


def _is_all_back(order: Order) -> bool:
    """Whether money that was not what was asked for has gone back whole."""
    return order.state in CANCEL_REFUNDED.leads and 0 < order.captured_minor == order.refunded_minor
