"""Cursors that the shop did not issue for this list: a 400 that names the parameter."""

from collections.abc import Iterator
from typing import Any

from microshop import cursors
from microshop.orders import paging as order_paging
from microshop.orders.paging import OrderFilter
from microshop.products.paging import Position, encode_cursor
from microshop.products.product import ProductFilter
from tests.support.answers import refused_fields
from tests.support.hostile_text import HOSTILE
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

# Sort, value and id of a position that no product list has.
_WRONG_POSITIONS: list[tuple[str, Any, Any]] = [
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
]
_WRONG_ORDER_POSITIONS: list[Any] = [
    *([], [0], [-1], [2**63], [True], [None], ["1"], ["1 OR 1=1"], [1.5], [[1]], [1, 2], {"id": 1}, 1, None),
]
_OTHER_PRODUCT_LISTS = [{"sort": "newest"}, {"category": "books"}, {"q": "tea"}, {"in_stock": "true"}]
_OTHER_ORDER_LISTS = [
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
]


def test_a_tampered_cursor_is_refused_wherever_it_was_changed(shop: Shop) -> None:
    def refused(cursor: str) -> list[str]:
        return _products(shop, {"limit": "1", "sort": "price", "cursor": cursor})

    assert wrong_answers(refused, [(changed, ["cursor"]) for changed in _changes(_product_cursor(shop))]) == []


def test_a_tampered_cursor_of_orders_is_refused_wherever_it_was_changed(shop: Shop, admin: Customer) -> None:
    def refused(cursor: str) -> list[str]:
        return _orders(shop, admin, {"limit": "1", "cursor": cursor})

    assert wrong_answers(refused, [(changed, ["cursor"]) for changed in _changes(_order_cursor(shop, admin))]) == []


def test_a_cursor_of_another_product_list_is_refused(shop: Shop) -> None:
    cursor = _product_cursor(shop)

    def refused(other: dict[str, str]) -> list[str]:
        return _products(shop, {"sort": "price", **other, "cursor": cursor})

    assert wrong_answers(refused, [(other, ["cursor"]) for other in _OTHER_PRODUCT_LISTS]) == []


def test_a_cursor_of_another_order_list_is_refused(shop: Shop, admin: Customer) -> None:
    cursor = _order_cursor(shop, admin)

    def refused(other: dict[str, str]) -> list[str]:
        return _orders(shop, admin, {**other, "cursor": cursor})

    assert wrong_answers(refused, [(other, ["cursor"]) for other in _OTHER_ORDER_LISTS]) == []


def test_a_cursor_of_products_is_refused_for_orders_and_vice_versa(shop: Shop, admin: Customer) -> None:
    assert _orders(shop, admin, {"cursor": _product_cursor(shop)}) == ["cursor"]
    assert _products(shop, {"sort": "price", "cursor": _order_cursor(shop, admin)}) == ["cursor"]


def test_a_forged_cursor_with_a_valid_checksum_is_refused(shop: Shop) -> None:
    def refused(sort: str, value: Any, row_id: Any) -> list[str]:
        return _products(shop, {"sort": sort, "cursor": _forged(sort, value, row_id)})

    assert wrong_answers(refused, [(*position, ["cursor"]) for position in _WRONG_POSITIONS]) == []


def test_a_forged_cursor_of_orders_with_a_valid_checksum_is_refused(shop: Shop, admin: Customer) -> None:
    def refused(position: Any) -> list[str]:
        return _orders(shop, admin, {"cursor": cursors.encode(position, OrderFilter())})

    assert wrong_answers(refused, [(position, ["cursor"]) for position in _WRONG_ORDER_POSITIONS]) == []


def test_a_forged_cursor_of_hostile_text_is_a_position_in_the_list(shop: Shop) -> None:
    names = {text: shop.product(name=f"{text} after the cursor") for text in HOSTILE}

    pages = {
        text: shop.ask("GET", "/products", query={"sort": "name", "cursor": _forged("name", text, 1), "limit": "100"})
        for text in HOSTILE
    }

    missing = {text for text, page in pages.items() if names[text] not in {item["id"] for item in page.json()["items"]}}
    assert missing == set()


def test_an_admins_cursor_shows_a_customer_only_their_own_orders(
    shop: Shop, admin: Customer, customer: Customer
) -> None:
    own = shop.order(customer, shop.product())
    shop.order(admin, shop.product())
    cursor = order_paging.encode_cursor(own + 1, OrderFilter())

    page = shop.ask("GET", "/orders", by=customer, query={"cursor": cursor}).json()

    assert [order["id"] for order in page["items"]] == [own]


def _forged(sort: str, value: Any, row_id: Any) -> str:
    return encode_cursor(Position(value, row_id), sort, ProductFilter())


def _product_cursor(shop: Shop) -> str:
    return str(shop.ask("GET", "/products", query={"limit": 1, "sort": "price"}).json()["next_cursor"])


def _order_cursor(shop: Shop, by: Customer) -> str:
    for _ in range(2):  # a list of one order has no next page
        shop.order(by, shop.product())
    return str(shop.ask("GET", "/orders", by=by, query={"limit": 1}).json()["next_cursor"])


def _products(shop: Shop, query: dict[str, str]) -> list[str]:
    return refused_fields(shop.ask("GET", "/products", query=query))


def _orders(shop: Shop, by: Customer, query: dict[str, str]) -> list[str]:
    return refused_fields(shop.ask("GET", "/orders", by=by, query=query))


def _changes(cursor: str) -> Iterator[str]:
    for place, character in enumerate(cursor):
        yield cursor[:place] + ("A" if character != "A" else "B") + cursor[place + 1 :]
    yield from (cursor[:-1], cursor[1:], cursor + "A", cursor * 2, cursor[::-1], cursor.swapcase())
