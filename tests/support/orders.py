"""Places orders as the endpoint does, without HTTP, and reads them."""

from __future__ import annotations

import itertools
from copy import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from microshop.caller import CUSTOMER, Caller
from microshop.idempotency.key import IdempotencyKey, idempotency_key
from microshop.orders.placing import OrderRequest, OrderRules, place_order
from microshop.orders.placing_unit_of_work import PlacingUnitOfWork
from microshop.orders.placing_view import placed_order_view
from microshop.orders.pricing import Terms
from microshop.orders.queries import OrderQueries
from microshop.orders.requested_lines import merge_lines
from microshop.users.repository import UserRepository
from tests.support.builders import a_caller
from tests.support.catalogue import put_on_sale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.orders.order import Address, Order, PaymentMethod
    from microshop.orders.placing_view import OrderPlaced
    from microshop.orders.price_queries import PriceList
    from microshop.platform.mysql import Database

_NUMBERS = itertools.count(1)
# Without effective limits; tests of limits set their own.
RULES = OrderRules("USD", Terms(490, 5000, 2000), timedelta(minutes=30), max_unpaid_orders=1000, max_units=999)
SHIPPED_FREE = replace(RULES, terms=Terms(0, None, 2000))


def a_customer(database: Database) -> Caller:
    """Create a customer. Returns the caller."""
    number = next(_NUMBERS)
    user_id = UserRepository(database).add(
        email=f"customer-{number}@example.com",
        username=f"Customer {number}",
        role=CUSTOMER,
        language="en",
        password_hash="hash",
    )
    return a_caller(user_id=user_id)


def email_of(database: Database, customer: Caller) -> str:
    """The email address of a customer."""
    row = database.row("SELECT email FROM users WHERE id = %(id)s", {"id": customer.user_id})
    assert row is not None
    return str(row["email"])


def an_order_request(
    *items: tuple[int, int],
    address: Address = "1 Main Street",
    payment_method: PaymentMethod = "card",
    expected_total_minor: int | None = None,
    address_id: int | None = None,
) -> OrderRequest:
    """Build a request from (product id, quantity)s. With `address_id` it has no other address."""
    lines = merge_lines(items, "items.{}.product_id", "items.{}.quantity")
    sent = None if address_id else address
    return OrderRequest(lines, sent, payment_method, expected_total_minor, address_id)


def a_key(caller: Caller, key: str, body: object = None) -> IdempotencyKey:
    """The idempotency key of a request of this caller."""
    found = idempotency_key(caller.user_id, [key] if key else [], "POST /api/v1/orders", body)
    assert found is not None
    return found


def place(
    database: Database,
    caller: Caller,
    items: Sequence[tuple[int, int]],
    *,
    payment_method: PaymentMethod = "card",
    expected_total_minor: int | None = None,
    key: IdempotencyKey | None = None,
    rules: OrderRules = RULES,
    price_list: PriceList | None = None,
    address_id: int | None = None,
) -> OrderPlaced:
    """Place an order. Returns the response."""
    uow = PlacingUnitOfWork(database)
    uow.price_list = price_list or uow.price_list
    request = an_order_request(
        *items, payment_method=payment_method, expected_total_minor=expected_total_minor, address_id=address_id
    )
    return placed_order_view(place_order(caller, request, key, rules, uow))


def placed_order_id(
    database: Database, customer: Caller, *items: tuple[int, int], payment_method: PaymentMethod = "card"
) -> int:
    """Order (product id, quantity)s, by default three of a new product with ten units. Returns the order's id."""
    requested = items or [(put_on_sale(database, stock=10), 3)]
    return int(place(database, customer, requested, payment_method=payment_method)["order_id"])


def stored_order(database: Database, order_id: int) -> Order:
    """The order as stored."""
    order = OrderQueries(database).by_id(order_id, None)
    assert order is not None
    return order
