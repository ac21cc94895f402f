"""The use case that places an order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, InvalidInput, NotChargeable, PriceChanged
from microshop.idempotency.once_per_key import once_per_key
from microshop.orders.events import OrderCreated
from microshop.orders.history import Actor, Change
from microshop.orders.order import Order
from microshop.orders.placing_view import order_prices
from microshop.orders.requested_lines import low_stock_events, price_lines, require_allowed_units
from microshop.transactions import retry_on_conflict
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from microshop.caller import Caller
    from microshop.charge_limits import ChargeLimits
    from microshop.idempotency.key import IdempotencyKey
    from microshop.orders.order import Address, PaymentMethod, PlacedOrder
    from microshop.orders.placing_unit_of_work import PlacingUnitOfWork
    from microshop.orders.pricing import Terms
    from microshop.orders.requested_lines import PricedProduct, RequestedLine


class OrderRequest(Value):
    """A customer's request for an order."""

    lines: Sequence[RequestedLine]
    address: Address | None
    """None if `address_id` names an address of the customer's address book, which the order copies."""
    payment_method: PaymentMethod
    expected_total_minor: int | None = None
    """The total that the customer has seen; None accepts the current one."""
    address_id: int | None = None


class OrderRules(Value):
    """The operator's settings for orders: currency, terms, payment period and limits.

    A customer may have `max_unpaid_orders` that are neither paid nor shipped. An order may have `max_units` of one
    product. `card_limits` are the amounts that can be charged to a card.
    """

    currency: str
    terms: Terms
    payment_period: timedelta
    max_unpaid_orders: int
    max_units: int
    card_limits: ChargeLimits | None = None


def place_order(
    caller: Caller, request: OrderRequest, key: IdempotencyKey | None, rules: OrderRules, uow: PlacingUnitOfWork
) -> PlacedOrder:
    """Price the lines, record the order and take the stock in one transaction, once per key.

    The event goes to the outbox in the same transaction, so it is published if and only if the order exists.

    Raises:
        InvalidInput: more units of a product are requested than an order may have, or the customer has no address with
            the given id.
        NotOnSale: a product is not on sale.
        OutOfStock: fewer units are left than requested.
        PriceChanged: the total is not the expected one.
        TooManyUnpaidOrders: the customer has reached the limit.
        NotChargeable: the total cannot be charged to a card.
        IdempotencyKeyReused: the key was sent with another request before.
    """
    return once_per_key(key, uow.results, lambda: _place_order(caller, request, key, rules, uow))


@retry_on_conflict
def _place_order(
    caller: Caller, request: OrderRequest, key: IdempotencyKey | None, rules: OrderRules, uow: PlacingUnitOfWork
) -> PlacedOrder:
    require_allowed_units(request.lines, rules.max_units)
    prices, saved = _read(caller, request, uow)
    on_sale = {product.id: product for product in prices.values() if product.currency == rules.currency}
    lines = price_lines(request.lines, on_sale)
    address = request.address or saved
    if address is None:
        raise InvalidInput(FieldProblem("address_id", "is not the id of one of your addresses"))
    order = Order.place(
        caller.user_id,
        lines,
        address=address,
        payment_method=request.payment_method,
        currency=rules.currency,
        terms=rules.terms,
        payment_period=rules.payment_period,
        now=datetime.now(UTC),
    )
    if request.expected_total_minor not in (None, order.total_minor):
        raise PriceChanged(order_prices(order))
    _check_is_chargeable(order, rules.card_limits)
    change = Change(order, "placed", Actor.of(caller), OrderCreated.of(order))
    uow.place(change, low_stock_events(order.lines, on_sale), rules.max_unpaid_orders, key)
    return order.placed


def _read(
    caller: Caller, request: OrderRequest, uow: PlacingUnitOfWork
) -> tuple[Mapping[int, PricedProduct], Address | None]:
    """Returns the products on sale and the saved address if the request names one, in one round trip."""
    ids = [line.product_id for line in request.lines]
    if request.address_id is None:
        return uow.price_list.prices(ids), None
    return uow.price_list.prices_and_address(ids, caller.user_id, request.address_id)


def _check_is_chargeable(order: Order, limits: ChargeLimits | None) -> None:
    if order.status == "pending" and limits is not None and (problem := limits.problem_of_charge(order.total_minor)):
        raise NotChargeable(FieldProblem("payment_method", problem))
