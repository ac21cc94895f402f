"""Customers place orders; Shop.ask checks each answer against the description."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.contract.orders.ordering import (
    UNUSED_ID,
    cancel,
    item,
    order_of,
    place,
    stock_of,
)
from tests.support.answers import refusal, refused_fields
from tests.support.product_builders import a_product_body
from tests.support.shop import Customer, Shop

_ADDRESS = {
    "recipient": "李小雨",
    "street": "人民路 8 号",
    "city": "上海",
    "region": "上海市",
    "postal_code": "200001",
    "country": "CN",
}


def test_placing_an_order_answers_201_with_its_location(shop: Shop, customer: Customer) -> None:
    answer = place(shop, customer, shop.product())

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/orders/{answer.json()['order_id']}"


def test_the_total_of_an_order_is_lines_and_shipping_with_tax(shop: Shop, customer: Customer) -> None:
    product_id = shop.product(price_minor=1999, sku="PRICED", name="Kettle")

    order = order_of(shop, customer, place(shop, customer, product_id, 2).json()["order_id"])

    assert order["lines"] == [
        {
            "product_id": product_id,
            "sku": "PRICED",
            "name": "Kettle",
            "unit_price": "19.99",
            "quantity": 2,
            "returned": 0,
            "total": "39.98",
        }
    ]
    assert (order["subtotal"], order["shipping"], order["total"], order["tax"]) == ("39.98", "4.90", "44.88", "7.48")
    assert (order["currency"], order["user_id"], order["address"]) == ("USD", customer.id, "1 Main Street")
    assert (order["paid"], order["refunded"]) == ("0.00", "0.00")


def test_shipping_is_free_from_a_subtotal_of_50_on(shop: Shop, customer: Customer) -> None:
    orders = [
        order_of(shop, customer, place(shop, customer, shop.product(price_minor=price)).json()["order_id"])
        for price in (4999, 5000)
    ]

    assert [(order["shipping"], order["total"]) for order in orders] == [("4.90", "54.89"), ("0.00", "50.00")]


def test_an_order_has_a_line_for_each_product_in_the_requested_order(shop: Shop, customer: Customer) -> None:
    first, second, third = shop.product(), shop.product(), shop.product()
    items = [item(third, 1), item(first, 2), item(second, 3), item(first, 4)]

    answer = shop.ask("POST", "/orders", by=customer, json={"items": items, "address": _ADDRESS})

    order = order_of(shop, customer, answer.json()["order_id"])
    assert [(line["product_id"], line["quantity"]) for line in order["lines"]] == [(third, 1), (first, 6), (second, 3)]
    assert order["address"] == _ADDRESS


def test_an_order_to_hong_kong_needs_no_postal_code(shop: Shop, customer: Customer) -> None:
    address = {"recipient": "Ada", "street": "1 Nathan Road", "city": "Hong Kong", "country": "HK"}
    body: dict[str, Any] = {"items": [item(shop.product(), 1)], "address": {**address, "postal_code": ""}}

    answer = shop.ask("POST", "/orders", by=customer, json=body)

    assert order_of(shop, customer, answer.json()["order_id"])["address"] == address


def test_the_answer_of_a_placed_order_agrees_with_the_order(shop: Shop, customer: Customer) -> None:
    placed = place(shop, customer, shop.product()).json()

    order = order_of(shop, customer, placed["order_id"])

    same = ("id", "order_number", "status", "total", "currency", "expires_at")
    assert placed.items() == {
        ("message", "order created successfully"),
        ("order_id", order["id"]),
        *((name, order[name]) for name in same),
    }


def test_an_order_by_card_expires_after_half_an_hour(shop: Shop, customer: Customer) -> None:
    order = order_of(shop, customer, shop.order(customer, shop.product()))

    lifetime = datetime.fromisoformat(order["expires_at"]) - datetime.fromisoformat(order["created_at"])
    assert (order["status"], order["payment_status"], order["payment_method"]) == ("pending", "unpaid", "card")
    assert lifetime == timedelta(minutes=30)


def test_an_order_with_cash_on_delivery_is_confirmed_at_once(shop: Shop, customer: Customer) -> None:
    placed = place(shop, customer, shop.product(), payment_method="cash_on_delivery").json()

    order = order_of(shop, customer, placed["order_id"])
    assert (placed["status"], placed["expires_at"]) == ("confirmed", None)
    assert (order["status"], order["payment_status"]) == ("confirmed", "unpaid")


def test_placing_takes_the_stock_and_cancelling_returns_it_at_once(shop: Shop, customer: Customer) -> None:
    first, second = shop.product(stock=5), shop.product(stock=2)
    stock = [stock_of(shop, first, second)]

    body = {"items": [item(first, 3), item(second, 2)], "address": "1 Main Street"}
    order_id = shop.ask("POST", "/orders", by=customer, json=body).json()["order_id"]
    stock.append(stock_of(shop, first, second))
    cancel(shop, customer, order_id)
    stock.append(stock_of(shop, first, second))

    assert stock == [[5, 2], [2, 0], [5, 2]]


def test_products_that_are_not_on_sale_answer_404_by_their_fields(shop: Shop, customer: Customer) -> None:
    items = [item(shop.product(), 1), item(UNUSED_ID, 1), item(shop.product(archived=True), 1)]
    before = shop.contents()

    answer = shop.ask("POST", "/orders", by=customer, json={"items": items, "address": "1 Main Street"})

    assert refusal(answer) == (404, "not-on-sale")
    assert refused_fields(answer, 404) == ["items.1.product_id", "items.2.product_id"]
    assert refused_fields(place(shop, customer, UNUSED_ID), 404) == ["product_id"]
    assert shop.contents() == before


def test_too_high_quantities_answer_409_by_their_fields(shop: Shop, customer: Customer) -> None:
    first, second = shop.product(stock=9), shop.product(stock=2)
    items = [item(first, 5), item(second, 2), item(first, 5)]
    before = shop.contents()

    answer = shop.ask("POST", "/orders", by=customer, json={"items": items, "address": "1 Main Street"})
    alone = place(shop, customer, second, 3)

    assert refusal(answer) == refusal(alone) == (409, "out-of-stock")
    assert answer.json()["errors"] == [{"field": "items.0.quantity", "reason": "only 9 left"}]
    assert alone.json()["errors"] == [{"field": "quantity", "reason": "only 2 left"}]
    assert shop.contents() == before


@pytest.mark.parametrize("payment_method", ["card", "cash_on_delivery"])
def test_an_unexpected_total_answers_409_with_the_current_prices(
    shop: Shop, customer: Customer, payment_method: str
) -> None:
    product_id = shop.product(stock=9, price_minor=1999)
    before = shop.contents()

    answer = place(shop, customer, product_id, 2, payment_method=payment_method, expected_total="39.98")

    assert refusal(answer) == (409, "price-changed")
    prices = answer.json()["prices"]
    assert prices["lines"] == [{"product_id": product_id, "unit_price": "19.99", "quantity": 2, "total": "39.98"}]
    assert (prices["subtotal"], prices["shipping"], prices["total"]) == ("39.98", "4.90", "44.88")
    assert shop.contents() == before
    assert place(shop, customer, product_id, 2, expected_total=prices["total"]).status_code == 201


def test_one_unpaid_order_too_many_answers_409_until_one_is_cancelled(strict_shop: Shop) -> None:
    shop, customer = strict_shop, strict_shop.customer()
    product_id = shop.product(stock=9)
    first = shop.order(customer, product_id)
    shop.order(customer, product_id, payment_method="cash_on_delivery")
    before = shop.contents()

    answer = place(shop, customer, product_id)

    assert refusal(answer) == (409, "too-many-unpaid-orders")
    assert shop.contents() == before
    assert cancel(shop, customer, first).status_code == 200
    assert place(shop, customer, product_id).status_code == 201


def test_more_units_than_allowed_per_order_answer_400_by_the_quantity(strict_shop: Shop) -> None:
    shop, customer = strict_shop, strict_shop.customer()
    product_id = shop.product(stock=9)

    answer = place(shop, customer, product_id, 6)

    assert refusal(answer) == (400, "invalid-input")
    assert answer.json()["errors"] == [
        {"field": "quantity", "reason": "an order can have at most 5 units of one product"}
    ]
    assert place(shop, customer, product_id, 5).status_code == 201


def test_the_last_units_can_be_ordered_and_then_no_more(shop: Shop, customer: Customer) -> None:
    product_id = shop.product(stock=2)

    answers = [place(shop, customer, product_id, quantity) for quantity in (2, 1)]

    assert [answer.status_code for answer in answers] == [201, 409]


def test_the_next_order_costs_the_new_price(shop: Shop, customer: Customer, admin: Customer) -> None:
    product_id = shop.product(price_minor=1999)
    details = a_product_body(price="60.00", sku=uuid.uuid4().hex, version=1)
    shop.ask("PUT", f"/products/{product_id}", by=admin, json=details)

    assert place(shop, customer, product_id).json()["total"] == "60.00"
