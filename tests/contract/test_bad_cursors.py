"""Cursors that were not given out for the list at hand: a 400 that names the parameter."""

from collections.abc import Iterator
from typing import Any

import pytest

from microshop.products.paging import Position, encode_cursor
from microshop.products.product import ProductFilter
from tests.support.hostile_text import EMOJI, OPERATORS
from tests.support.shop import Shop


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


def _changes(cursor: str) -> Iterator[str]:
    for place, character in enumerate(cursor):
        yield cursor[:place] + ("A" if character != "A" else "B") + cursor[place + 1 :]
    yield from (cursor[:-1], cursor[1:], cursor + "A", cursor * 2, cursor[::-1], cursor.swapcase())
