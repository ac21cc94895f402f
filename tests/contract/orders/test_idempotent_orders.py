"""Orders sent again with their Idempotency-Key; Shop.ask checks each answer against the description."""

import json
import uuid
from typing import Any

from tests.contract.orders.ordering import (
    cancel,
    order_ids,
    place,
    stock_of,
)
from tests.support.answers import refusal
from tests.support.raw_http import exchange
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers
from tests.support.threads import at_once


def test_an_order_sent_again_with_its_key_is_placed_once(shop: Shop, customer: Customer) -> None:
    product_id, key = shop.product(stock=5), uuid.uuid4().hex

    answers = [place(shop, customer, product_id, 2, key=key) for _ in range(3)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(201, answers[0].json())] * 3
    assert {answer.headers["Location"] for answer in answers} == {answers[0].headers["Location"]}
    assert stock_of(shop, product_id) == [3]
    assert len(order_ids(shop, customer)) == 1


def test_an_order_sent_twice_at_once_gets_one_answer(shop: Shop, customer: Customer) -> None:
    product_id, key = shop.product(stock=9), uuid.uuid4().hex
    body = json.dumps({"product_id": product_id, "quantity": 1, "address": "1 Main Street"}).encode()
    headers = [*customer.authorization.items(), ("Content-Type", "application/json"), ("Idempotency-Key", key)]

    answers = at_once(2, lambda _: exchange(shop.url, "POST", "/orders", headers, body))

    assert answers[0] == answers[1] == (201, place(shop, customer, product_id, key=key).json())
    assert stock_of(shop, product_id) == [8]


def test_a_repeated_key_gets_the_first_answer_after_the_order_changed(shop: Shop, customer: Customer) -> None:
    product_id, key = shop.product(), uuid.uuid4().hex
    first = place(shop, customer, product_id, key=key)
    cancel(shop, customer, first.json()["order_id"])

    repeated = place(shop, customer, product_id, key=key)

    assert repeated.json() == first.json()
    assert repeated.json()["status"] == "pending"


def test_another_order_with_the_same_key_answers_422(shop: Shop, customer: Customer) -> None:
    changes: list[dict[str, Any]] = [
        {"quantity": 2},
        {"address": "2 Main Street"},
        {"payment_method": "cash_on_delivery"},
        {"expected_total": "24.89"},
    ]
    product_id, key = shop.product(price_minor=1999), uuid.uuid4().hex
    place(shop, customer, product_id, key=key)
    before = shop.contents()

    def refused(change: dict[str, Any]) -> tuple[int, str]:
        return refusal(place(shop, customer, product_id, key=key, **change))

    assert wrong_answers(refused, [(change, (422, "idempotency-key-reused")) for change in changes]) == []
    assert shop.contents() == before


def test_a_key_ignores_how_the_same_body_is_written(shop: Shop, customer: Customer) -> None:
    product_id, headers = shop.product(), {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/json"}
    bodies = [
        f'{{"product_id": {product_id}, "quantity": 1, "address": "Straße 1"}}',
        f'{{ "address":"  Stra\\u00dfe 1 ","quantity":1,\n"payment_method":"card","product_id":{product_id} }}',
    ]

    answers = [shop.ask("POST", "/orders", by=customer, body=body.encode(), headers=headers) for body in bodies]

    assert answers[0].json() == answers[1].json()


def test_two_customers_may_use_the_same_key(shop: Shop, customer: Customer) -> None:
    product_id, key = shop.product(), uuid.uuid4().hex

    answers = [place(shop, by, product_id, key=key) for by in (customer, shop.customer())]

    assert answers[0].json()["order_id"] != answers[1].json()["order_id"]


def test_a_refused_order_may_be_sent_again_with_its_key(shop: Shop, customer: Customer, admin: Customer) -> None:
    product_id, key = shop.product(stock=0), uuid.uuid4().hex
    refused = place(shop, customer, product_id, key=key)
    restock = {"delta": 1, "reason": "delivery note 4711", "kind": "received"}
    shop.ask("POST", f"/products/{product_id}/stock", by=admin, json=restock)

    accepted = place(shop, customer, product_id, key=key)

    assert (refused.status_code, accepted.status_code) == (409, 201)
