"""Cursors: the position after a page, valid only for the list that they came from."""

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshop.cursors import Count, Page
from microshop.products.paging import SORTS, Position, decode_cursor, encode_cursor
from microshop.products.product import ProductFilter
from tests.support.table_rows import not_refused

_ALL = ProductFilter()
_NOT_OURS = "not a cursor of this list"


def test_cursor_decodes_to_its_position() -> None:
    longest = [("name", Position(letter * 200, 7)) for letter in ("x", "字", "\U0001f600")]
    rows = [
        *[
            ("newest", Position(None, 7)),
            ("price", Position(0, 1)),
            ("-price", Position(1999, 2**63 - 1)),
            ("name", Position("Kettle", 7)),
            ("name", Position("手机 '\"\\ 😀", 7)),
        ],
        *longest,
    ]

    wrong = [
        (sort, position)
        for sort, position in rows
        if decode_cursor(encode_cursor(position, sort, _ALL), sort, _ALL) != position
    ]

    assert wrong == []


def test_cursor_has_only_characters_of_urls() -> None:
    cursor = encode_cursor(Position("手机???>>>", 7), "name", _ALL)

    assert cursor.isascii()
    assert not set(cursor) & set("+/= ")


def test_cursor_is_refused_when_it_is_of_another_sort() -> None:
    cursor = encode_cursor(Position(1999, 7), "price", _ALL)
    others = [sort for sort in SORTS if sort != "price"]

    assert not_refused(lambda sort: decode_cursor(cursor, sort, _ALL), others, _NOT_OURS) == []


def test_cursor_is_refused_when_it_is_of_other_filters() -> None:
    cursor = encode_cursor(Position(None, 7), "newest", _ALL)
    others = [
        ProductFilter(category="Books"),
        ProductFilter(in_stock=False),
        ProductFilter(min_price_minor=1),
        ProductFilter(max_price_minor=1),
        ProductFilter(search="kettle"),
    ]

    assert not_refused(lambda other: decode_cursor(cursor, "newest", other), others, _NOT_OURS) == []


def test_cursor_is_refused_when_it_is_garbage() -> None:
    texts = [
        "",
        "x",
        "====",
        "not base64!",
        "é",
        "AAAA",
        "A" * 3000,
        "' OR 1=1 --",
        base64.urlsafe_b64encode(b"[" * 900).decode(),
    ]

    assert not_refused(lambda text: decode_cursor(text, "newest", _ALL), texts, _NOT_OURS) == []


@given(place=st.integers(0, 30), letter=st.sampled_from("ABCabc019-_"))
def test_cursor_is_refused_when_a_letter_was_changed(place: int, letter: str) -> None:
    whole = encode_cursor(Position("Kettle no. 5", 7), "name", _ALL)
    changed = whole[:place] + letter + whole[place + 1 :]

    if changed == whole:
        assert decode_cursor(changed, "name", _ALL).id == 7
    else:
        with pytest.raises(ValueError, match=_NOT_OURS):
            decode_cursor(changed, "name", _ALL)


def test_forged_cursor_is_refused_when_its_position_cannot_be() -> None:
    def decode(sort: str, forged: object) -> object:
        payload = json.dumps(forged).encode()
        checksum = hashlib.blake2b(payload + repr((sort, _ALL)).encode(), digest_size=8).digest()
        return decode_cursor(base64.urlsafe_b64encode(checksum + payload).decode().rstrip("="), sort, _ALL)

    rows: list[tuple[str, object]] = [
        ("newest", [None, 0]),
        ("newest", [None, -1]),
        ("newest", [None, 2**63]),
        ("newest", [None, "7"]),
        ("newest", [None, 7.0]),
        ("newest", [None, True]),
        ("newest", [5, 7]),
        ("price", [None, 7]),
        ("price", ["1", 7]),
        ("price", [True, 7]),
        ("price", [-1, 7]),
        ("price", [2**63, 7]),
        ("price", [1.5, 7]),
        ("name", [5, 7]),
        ("name", [["Kettle"], 7]),
        ("name", ["\ud800", 7]),
        ("name", ["a\x00b", 7]),
        ("newest", {"a": 1, "b": 2}),
        ("newest", [None, 7, 8]),
        ("newest", [7]),
        ("newest", 7),
    ]

    assert decode("newest", [None, 7]) == Position(None, 7)
    assert not_refused(decode, rows, _NOT_OURS) == []


@pytest.mark.parametrize(
    ("is_first", "cursor", "counted", "count"),
    [
        (True, None, None, Count(2, exact=True)),
        (True, "next", Count(7, exact=True), Count(7, exact=True)),
        (True, "next", Count(0, exact=False), Count(2, exact=False)),
        (False, None, Count(7, exact=True), Count(7, exact=True)),
    ],
)
def test_page_is_counted_without_a_query_when_it_is_the_whole_list(
    is_first: bool, cursor: str | None, counted: Count | None, count: Count
) -> None:
    def ask() -> Count:
        assert counted is not None, "no query is needed"
        return counted

    assert Page(["a", "b"], cursor).with_count(ask, is_first=is_first).total == count
