"""Admins adjust the stock of products; Shop.ask checks each answer against the description."""

import uuid

import pytest

from tests.contract.products.managing import adjust_stock
from tests.support.answers import refusal
from tests.support.shop import Customer, Shop

_UNUSED_ID = 2**62


def test_adjusting_the_stock_answers_200_with_the_new_stock(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(stock=3)

    received = adjust_stock(shop, admin, product_id, 5, kind="received")
    broken = adjust_stock(shop, admin, product_id, -8)

    assert [answer.status_code for answer in (received, broken)] == [200, 200]
    assert [answer.json()["stock"] for answer in (received, broken)] == [8, 0]


def test_adjusted_stock_is_shown_at_once_in_the_same_version(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(stock=3)
    before = shop.ask("GET", f"/products/{product_id}").json()

    adjust_stock(shop, admin, product_id, 5)

    after = shop.ask("GET", f"/products/{product_id}").json()
    assert (before["stock"], after["stock"]) == (3, 8)
    assert after["version"] == before["version"]


@pytest.mark.parametrize(("stock", "delta"), [(3, -4), (999_999_999, 2)])
def test_adjusting_the_stock_beyond_its_limits_answers_409(shop: Shop, admin: Customer, stock: int, delta: int) -> None:
    product_id = shop.product(stock=stock)
    before = shop.contents()

    answer = adjust_stock(shop, admin, product_id, delta)

    assert refusal(answer) == (409, "conflict")
    assert answer.json()["detail"] == f"The stock is {stock} and cannot become {stock + delta}."
    assert shop.contents() == before


def test_an_adjustment_sent_again_with_its_key_counts_once(shop: Shop, admin: Customer) -> None:
    product_id, key = shop.product(stock=3), uuid.uuid4().hex

    answers = [adjust_stock(shop, admin, product_id, 5, key=key) for _ in range(3)]

    assert [answer.json() for answer in answers] == [answers[0].json()] * 3
    assert shop.ask("GET", f"/products/{product_id}").json()["stock"] == 8


def test_an_adjustment_with_the_key_of_another_answers_422(shop: Shop, admin: Customer) -> None:
    product_id, another, key = shop.product(stock=3), shop.product(), uuid.uuid4().hex
    adjust_stock(shop, admin, product_id, 5, key=key)
    before = shop.contents()

    answers = [adjust_stock(shop, admin, product_id, 6, key=key), adjust_stock(shop, admin, another, 5, key=key)]

    assert {refusal(answer) for answer in answers} == {(422, "idempotency-key-reused")}
    assert shop.contents() == before


def test_two_admins_may_use_the_same_key(shop: Shop, admin: Customer) -> None:
    product_id, key = shop.product(stock=3), uuid.uuid4().hex

    answers = [adjust_stock(shop, by, product_id, 5, key=key) for by in (admin, shop.admin())]

    assert [answer.json()["stock"] for answer in answers] == [8, 13]


def test_a_refused_adjustment_may_be_sent_again_with_its_key(shop: Shop, admin: Customer) -> None:
    product_id, key = shop.product(stock=3), uuid.uuid4().hex
    refused = adjust_stock(shop, admin, product_id, -5, key=key)
    adjust_stock(shop, admin, product_id, 10)

    accepted = adjust_stock(shop, admin, product_id, -5, key=key)

    assert (refused.status_code, accepted.status_code, accepted.json()["stock"]) == (409, 200, 8)
