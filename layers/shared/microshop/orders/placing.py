"""The use case of placing an order: one transaction, in which history, event and answer are written with the order."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from microshop.caller import Caller
from microshop.idempotency.key import IdempotencyKey
from microshop.idempotency.service import NewAnswers, StoredAnswers, answered_once
from microshop.orders.events import OrderCreated
from microshop.orders.history import Actor, Change
from microshop.orders.order import Address, Order, PaymentMethod, PricedProduct, Wanted, priced
from microshop.orders.pricing import Terms
from microshop.orders.view import placed_view
from microshop.transactions import Transaction, retried


class PriceList(Protocol):
    """Where prices are read, without a lock."""

    def prices(self, product_ids: Sequence[int]) -> dict[int, PricedProduct]: ...


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
