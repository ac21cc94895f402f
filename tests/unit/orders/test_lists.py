"""Lists of orders: owners, pages, cursors and search parameters."""

import base64
import hashlib
import json
from collections.abc import Callable
from copy import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from microshop.orders.numbers import new_order_number
from microshop.orders.order import Order
from microshop.orders.paging import (
    OrderFilter,
    decode_cursor,
    encode_cursor,
    list_orders,
    parse_order_number,
    parse_reference,
)
from microshop.scopes import EVERYTHING, Scope
from tests.support.builders import NOON, a_caller, an_api_event, an_execution
from tests.support.functions import load_function, plug
from tests.support.order_builders import an_order
from tests.support.table_rows import not_refused

_ALL = OrderFilter()
_NOT_OURS = "not a cursor of this list"


class _Orders:
    """Orders in listed order; records the last filter."""

    def __init__(self, *ids: int) -> None:
        self._ids = ids
        self.asked = _ALL

    def page(self, criteria: OrderFilter, after: int | None, limit: int) -> list[Order]:
        self.asked = criteria
        start = self._ids.index(after) + 1 if after else 0
        return [an_order(order_id=order_id) for order_id in self._ids[start : start + limit]]


def test_page_with_more_to_come_has_a_cursor_after_its_last_order() -> None:
    page = list_orders(a_caller(), _ALL, None, 2, _Orders(9, 7, 5))

    assert [order.id for order in page.items] == [9, 7]
    assert decode_cursor(page.next_cursor or "", _ALL) == 7


def test_last_page_has_no_cursor_even_when_it_is_full() -> None:
    page = list_orders(a_caller(), _ALL, 9, 2, _Orders(9, 7, 5))

    assert ([order.id for order in page.items], page.next_cursor) == ([7, 5], None)


def test_list_without_orders_has_no_cursor() -> None:
    page = list_orders(a_caller(), _ALL, None, 2, _Orders())

    assert (page.items, page.next_cursor) == ([], None)


@pytest.mark.parametrize("wanted", [None, 17, 18])
def test_customer_sees_only_their_own_orders(wanted: int | None) -> None:
    orders = _Orders()

    list_orders(a_caller(user_id=17), OrderFilter(user_id=wanted, status="pending"), None, 2, orders)

    assert orders.asked == OrderFilter(user_id=17, status="pending")


@pytest.mark.parametrize("wanted", [None, 18])
def test_admin_sees_all_orders_or_those_of_one_customer(wanted: int | None) -> None:
    orders = _Orders()

    list_orders(a_caller(user_id=17, scopes=EVERYTHING), OrderFilter(user_id=wanted), None, 2, orders)

    assert orders.asked.user_id == wanted


def test_cursor_decodes_to_its_order() -> None:
    ids = [1, 2**53 - 1, 2**63 - 1]

    assert [decode_cursor(encode_cursor(last_id, _ALL), _ALL) for last_id in ids] == ids


def test_cursor_is_refused_when_it_is_of_other_filters() -> None:
    others = [
        OrderFilter(user_id=17),
        OrderFilter(status="pending"),
        OrderFilter(payment_status="unpaid"),
        OrderFilter(created_from=NOON),
        OrderFilter(created_before=NOON),
        OrderFilter(min_total_minor=0),
        OrderFilter(max_total_minor=0),
        OrderFilter(order_number="MS-7F3K-9QXD"),
        OrderFilter(email="ada@example.com"),
        OrderFilter(payment_reference="pi_1"),
    ]

    assert not_refused(lambda other: decode_cursor(encode_cursor(7, _ALL), other), others, _NOT_OURS) == []


def test_cursor_works_for_equal_filters_in_another_request() -> None:
    chosen = OrderFilter(created_from=NOON, status="pending")
    again = replace(chosen, created_from=datetime(2026, 1, 2, 12, tzinfo=UTC))

    assert decode_cursor(encode_cursor(7, chosen), again) == 7


def test_cursor_is_refused_when_it_is_garbage() -> None:
    assert (
        not_refused(
            lambda text: decode_cursor(text, _ALL), ["", "x", "====", "é", "A" * 3000, "' OR 1=1 --"], _NOT_OURS
        )
        == []
    )


def test_forged_cursor_is_refused_when_its_id_cannot_be() -> None:
    def decode(forged: object) -> int:
        payload = json.dumps(forged).encode()
        checksum = hashlib.blake2b(payload + repr(_ALL).encode(), digest_size=8).digest()
        return decode_cursor(base64.urlsafe_b64encode(checksum + payload).decode().rstrip("="), _ALL)

    forged: list[object] = [[0], [-1], [2**63], ["7"], [7.0], [True], [None], [[7]], [7, 8], [], 7, {"a": 7}, None]

    assert decode([7]) == 7
    assert not_refused(decode, forged, _NOT_OURS) == []


def test_order_number_is_understood_as_people_type_it() -> None:
    typed = ["MS-7F3K-9QXD", "ms-7f3k-9qxd", "MS7F3K9QXD", " ms7f3k9qxd ", "MS-7F3K9QXD"]

    assert {parse_order_number(text) for text in typed} == {"MS-7F3K-9QXD"}


def test_every_new_order_number_can_be_parsed() -> None:
    numbers = [new_order_number() for _ in range(1000)]

    assert [parse_order_number(number) for number in numbers] == numbers


def test_order_number_is_refused_when_it_cannot_be_one() -> None:
    texts = [
        "",
        "MS-",
        "7F3K-9QXD",
        "MS-7F3K-9QX",
        "MS-7F3K-9QXDD",
        "MS-7F3K-9QXU",
        "MS_7F3K_9QXD",
        "MS-7F3K-9QX\u0664",
    ]

    assert not_refused(parse_order_number, texts, "must be an order number such as MS-7F3K-9QXD") == []


def test_reference_is_searched_in_its_stored_form() -> None:
    assert parse_reference(" Cafe\u0301 17 ") == "Caf\u00e9 17"


def test_reference_is_refused_when_no_payment_can_have_it() -> None:
    assert not_refused(parse_reference, ["", "  ", "\u200b", "x" * 201], "must") == []


@pytest.fixture
def asked(environment: None) -> Callable[..., tuple[dict[str, Any], OrderFilter]]:
    """Returns a function that invokes list_orders without orders and returns its answer and its filter."""
    module, orders = load_function("orders/list_orders"), _Orders()
    plug(module, OrderQueries=orders)

    def ask(scopes: frozenset[Scope], **query: str) -> tuple[dict[str, Any], OrderFilter]:
        parameters = {name: [value] for name, value in query.items()}
        event = an_api_event(route="/api/v1/orders", query=parameters, caller=a_caller(user_id=17, scopes=scopes))
        answer = module.handler(event, an_execution())
        return {"status": answer["statusCode"], **json.loads(answer["body"])}, orders.asked

    return ask


def test_admin_searches_orders_by_number_email_and_reference(asked: Callable[..., Any]) -> None:
    answer, chosen = asked(EVERYTHING, order_number="ms7f3k9qxd", email="Ada@Example.com ", payment_reference=" pi_1 ")

    assert answer == {"status": 200, "items": [], "next_cursor": None, "count": None}
    assert chosen == OrderFilter(order_number="MS-7F3K-9QXD", email="ada@example.com", payment_reference="pi_1")


def test_customer_searches_their_own_orders_and_not_by_email(asked: Callable[..., Any]) -> None:
    answer, chosen = asked(frozenset(), order_number="MS-7F3K-9QXD", payment_reference="pi_1")
    refused, _ = asked(frozenset(), email="bob@example.com")

    assert answer["status"] == 200
    assert chosen == OrderFilter(user_id=17, order_number="MS-7F3K-9QXD", payment_reference="pi_1")
    assert (refused["status"], [error["field"] for error in refused["errors"]]) == (400, ["email"])


def test_every_malformed_search_parameter_is_named(asked: Callable[..., Any]) -> None:
    answer, _ = asked(EVERYTHING, order_number="17", email="ada", payment_reference="")

    assert answer["status"] == 400
    assert [error["field"] for error in answer["errors"]] == ["order_number", "email", "payment_reference"]
