"""Builds orders and their parts without a database. Every field has a default."""

from copy import replace
from datetime import datetime, timedelta

from microshop.caller import Caller
from microshop.orders.order import Order, OrderLine, PaymentMethod
from microshop.orders.pricing import Terms
from microshop.orders.requested_lines import PricedProduct
from microshop.orders.states import State
from tests.support.builders import NOON

NO_TERMS = Terms(shipping_fee_minor=0, free_shipping_from_minor=None, tax_rate_basis_points=0)


def a_line(
    *, product_id: int = 5, sku: str = "SKU-5", name: str = "Kettle", unit_price_minor: int = 1999, quantity: int = 1
) -> OrderLine:
    return OrderLine(product_id, sku, name, unit_price_minor, quantity)


def a_priced_product(
    *, product_id: int = 5, price_minor: int = 1999, stock: int = 3, low_stock_threshold: int = 0
) -> PricedProduct:
    return PricedProduct(product_id, f"SKU-{product_id}", "Kettle", price_minor, "USD", stock, low_stock_threshold)


def a_new_order(
    *lines: OrderLine,
    user_id: int = 17,
    payment_method: PaymentMethod = "card",
    terms: Terms = NO_TERMS,
    now: datetime = NOON,
) -> Order:
    """A newly placed order, by default of one kettle."""
    return Order.place(
        user_id,
        lines or [a_line()],
        address="1 Main Street",
        payment_method=payment_method,
        currency="USD",
        terms=terms,
        payment_period=timedelta(minutes=30),
        now=now,
    )


def a_single_line_order(
    customer: Caller,
    product_id: int,
    *,
    name: str = "Kettle",
    hour: int = 0,
    state: State = ("pending", "unpaid"),
    total: int = 1999,
) -> Order:
    """An order of one unit of a product, placed so many hours after `NOON`, in any state."""
    line = a_line(product_id=product_id, name=name, unit_price_minor=total)
    order = a_new_order(line, user_id=customer.user_id, now=NOON + timedelta(hours=hour))
    return replace(order, status=state[0], payment_status=state[1])


def an_order(
    *lines: OrderLine,
    order_id: int = 4097,
    user_id: int = 17,
    state: State = ("pending", "unpaid"),
    version: int = 1,
) -> Order:
    """An order in any state."""
    return Order(
        id=order_id,
        order_number="MS-7F3K-9QXD",
        user_id=user_id,
        status=state[0],
        payment_status=state[1],
        payment_method="card",
        payment_reference=None,
        lines=lines or (a_line(),),
        currency="USD",
        subtotal_minor=1999,
        shipping_minor=490,
        tax_minor=397,
        total_minor=2489,
        captured_minor=0,
        refunded_minor=0,
        address="1 Main Street",
        carrier=None,
        tracking_number=None,
        expires_at=None,
        version=version,
        created_at=NOON,
        updated_at=NOON,
    )
