"""Cursors that were not given out for the list at hand: a 400 that names the parameter."""

from collections.abc import Iterator
from typing import Any

import pytest

from microshop import cursors
from microshop.orders import paging as order_paging
from microshop.orders.paging import OrderFilter
from microshop.products.paging import Position, encode_cursor
from microshop.products.product import ProductFilter
from tests.support.hostile_text import EMOJI, OPERATORS
from tests.support.shop import Customer, Shop


def test_a_tampered_cursor_is_refused_wherever_it_was_changed(shop: Shop) -> None:
    cursor = shop.ask("GET", "/products", query={"limit": 1, "sort": "price"}).json()["next_cursor"]

    for changed in _changes(cursor):
        answer = shop.ask("GET", "/products", query={"limit": 1, "sort": "price", "cursor": changed})
        assert answer.status_code == 400, changed
        assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]


@pytest.mark.parametrize("other", [{"sort": "newest"}, {"category": "books"}, {"q": "tea"}, {"in_stock": "true"}])
def test_a_cursor_of_another_list_is_refused(shop: Shop, other: dict[str, str]) -> None:
    cursor = shop.ask("GET", "/products", query={"limit": 1, "sort": "price"}).json()["next_cursor"]

    assert shop.ask("GET", "/products", query={"sort": "price", **other, "cursor": cursor}).status_code == 400


@pytest.mark.parametrize(
    ("sort", "value", "row_id"),
    [
        ("newest", None, 0),
        ("newest", None, -1),
        ("newest", None, 2**63),
        ("newest", 1, 1),
        ("newest", None, True),
        ("newest", None, "1 OR 1=1"),
        ("newest", None, 1.5),
        ("price", "1", 1),
        ("price", -1, 1),
        ("price", 2**64, 1),
        ("price", True, 1),
        ("price", None, 1),
        ("name", 1, 1),
        ("name", "\x00", 1),
        ("name", [], 1),
    ],
)
def test_a_forged_cursor_is_refused_though_its_checksum_is_right(
    shop: Shop, sort: str, value: Any, row_id: Any
) -> None:
    cursor = encode_cursor(Position(value, row_id), sort, ProductFilter())

    assert shop.ask("GET", "/products", query={"sort": sort, "cursor": cursor}).status_code == 400


def test_a_forged_cursor_of_operators_is_a_place_in_the_list_and_nothing_more(shop: Shop) -> None:
    for text in (*OPERATORS, *EMOJI):
        cursor = encode_cursor(Position(text, 1), "name", ProductFilter())
        assert shop.ask("GET", "/products", query={"sort": "name", "cursor": cursor}).status_code == 200


def test_a_tampered_cursor_of_orders_is_refused_wherever_it_was_changed(shop: Shop, admin: Customer) -> None:
    cursor = shop.ask("GET", "/orders", by=admin, query={"limit": 1}).json()["next_cursor"]

    for changed in _changes(cursor):
        answer = shop.ask("GET", "/orders", by=admin, query={"limit": 1, "cursor": changed})
        assert answer.status_code == 400, changed
        assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]


@pytest.mark.parametrize(
    "other",
    [
        {"status": "cancelled"},
        {"payment_status": "paid"},
        {"customer": "2"},
        {"created_from": "2026-01-01T00:00:00Z"},
        {"created_before": "2036-01-01T00:00:00Z"},
        {"min_total": "0"},
        {"max_total": "100000"},
        {"order_number": "MS-7F3K-9QXD"},
        {"email": "customer@example.com"},
        {"payment_reference": "pi_1"},
    ],
)
def test_a_cursor_of_other_orders_is_refused(shop: Shop, admin: Customer, other: dict[str, str]) -> None:
    cursor = shop.ask("GET", "/orders", by=admin, query={"limit": 1}).json()["next_cursor"]

    assert shop.ask("GET", "/orders", by=admin, query={**other, "cursor": cursor}).status_code == 400


def test_a_cursor_of_products_is_none_of_orders_and_the_other_way_round(shop: Shop, admin: Customer) -> None:
    of_products = shop.ask("GET", "/products", query={"limit": 1}).json()["next_cursor"]
    of_orders = shop.ask("GET", "/orders", by=admin, query={"limit": 1}).json()["next_cursor"]

    assert shop.ask("GET", "/orders", by=admin, query={"cursor": of_products}).status_code == 400
    assert shop.ask("GET", "/products", query={"cursor": of_orders}).status_code == 400


@pytest.mark.parametrize(
    "position", [[], [0], [-1], [2**63], [True], [None], ["1"], ["1 OR 1=1"], [1.5], [[1]], [1, 2], {"id": 1}, 1, None]
)
def test_a_forged_cursor_of_orders_is_refused_though_its_checksum_is_right(
    shop: Shop, admin: Customer, position: Any
) -> None:
    cursor = cursors.encode(position, OrderFilter())

    assert shop.ask("GET", "/orders", by=admin, query={"cursor": cursor}).status_code == 400


def test_an_admins_cursor_shows_a_customer_nobody_elses_orders(shop: Shop, admin: Customer, customer: Customer) -> None:
    own = shop.order(customer, shop.product())
    shop.order(admin, shop.product())
    cursor = order_paging.encode_cursor(own + 1, OrderFilter())

    page = shop.ask("GET", "/orders", by=customer, query={"cursor": cursor}).json()

    assert [order["id"] for order in page["items"]] == [own]


def _changes(cursor: str) -> Iterator[str]:
    for place, character in enumerate(cursor):
        yield cursor[:place] + ("A" if character != "A" else "B") + cursor[place + 1 :]
    yield from (cursor[:-1], cursor[1:], cursor + "A", cursor * 2, cursor[::-1], cursor.swapcase())
