"""The use cases of orders: each one transaction, in which the history and the event are written with the change."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from microshop.caller import ADMIN, Caller
from microshop.errors import NotFound
from microshop.idempotency.key import IdempotencyKey
from microshop.idempotency.service import StoredAnswers, answered_once
from microshop.orders.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderCreated,
    OrderDelivered,
    OrderEvent,
    OrderShipped,
)
from microshop.orders.history import Actor, Change, HistoryEntry
from microshop.orders.order import Address, Order, PaymentMethod, PricedProduct, Wanted, priced
from microshop.orders.pricing import Terms
from microshop.orders.states import CANCEL, CONFIRM, DELIVER, SHIP, Transition
from microshop.orders.view import placed_view
from microshop.transactions import Transaction, retried


class PriceList(Protocol):
    """Where prices are read, without a lock."""

    def prices(self, product_ids: Sequence[int]) -> dict[int, PricedProduct]: ...


class NewAnswers(Protocol):
    """Where an answer is stored with its effect."""

    def store(self, key: IdempotencyKey, answer: str) -> None: ...


class NewOrders(Protocol):
    """Where orders are written with history and event."""

    def add(self, change: Change) -> None: ...


class StockSales(Protocol):
    """Where stock is taken."""

    def take(self, order: Order) -> None: ...


class PlacingTransaction(Transaction, Protocol):
    """The transaction that places an order."""

    @property
    def answers(self) -> NewAnswers: ...
    @property
    def orders(self) -> NewOrders: ...
    @property
    def stock(self) -> StockSales: ...


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


@dataclass(frozen=True)
class OrderRequest:
    """What a customer asks for."""

    wanted: Sequence[Wanted]
    address: Address
    payment_method: PaymentMethod


@dataclass(frozen=True)
class OrderRules:
    """The operator's choices: currency, terms, and how long an order waits for its payment."""

    currency: str
    terms: Terms
    unpaid_for: timedelta


def place_order(
    caller: Caller,
    request: OrderRequest,
    key: IdempotencyKey | None,
    *,
    rules: OrderRules,
    price_list: PriceList,
    answers: StoredAnswers,
    transaction: PlacingTransaction,
) -> str:
    """Price the lines, record the order and take the stock: all of it, or none. The answer, as JSON text.

    The event goes to the outbox in the same transaction, so it is published if and only if the order exists. With a
    key it happens once, and every request with the key gets the same answer.

    Raises:
        NotOnSale: a product is not on sale.
        OutOfStock: fewer units are left than asked for.
        IdempotencyKeyReused: the key came with another request before.
    """
    return answered_once(
        key,
        answers,
        lambda: _place_order(caller, request, key, rules=rules, price_list=price_list, transaction=transaction),
    )


@retried
def _place_order(
    caller: Caller,
    request: OrderRequest,
    key: IdempotencyKey | None,
    *,
    rules: OrderRules,
    price_list: PriceList,
    transaction: PlacingTransaction,
) -> str:
    prices = price_list.prices([each.product_id for each in request.wanted])
    on_sale = {product.id: product for product in prices.values() if product.currency == rules.currency}
    order = Order.place(
        caller.user_id,
        priced(request.wanted, on_sale),
        address=request.address,
        payment_method=request.payment_method,
        currency=rules.currency,
        terms=rules.terms,
        unpaid_for=rules.unpaid_for,
        now=datetime.now(UTC),
    )
    answer = json.dumps(placed_view(order))
    with transaction:
        if key is not None:
            transaction.answers.store(key, answer)  # first: the same key at the same moment waits here
        transaction.orders.add(Change(order, "placed", Actor.of(caller), OrderCreated.of(order)))
        transaction.stock.take(order)  # last: the rows that everybody wants are locked for no round trip
        transaction.commit()
    return answer


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
