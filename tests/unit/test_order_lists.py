"""Pages of orders: whose they are, where they go on, and the cursors that say so."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from microshop.caller import ADMIN
from microshop.orders.order import Order
from microshop.orders.paging import OrderFilter, decode_cursor, encode_cursor, list_orders
from tests.support.builders import NOON, a_caller
from tests.support.order_builders import an_order

_ALL = OrderFilter()


class _Orders:
    """Orders in the order in which they are listed; keeps what it was asked for."""

    def __init__(self, *ids: int) -> None:
        self._ids = ids
        self.asked = _ALL

    def page(self, chosen: OrderFilter, after: int | None, limit: int) -> list[Order]:
        self.asked = chosen
        start = self._ids.index(after) + 1 if after else 0
        return [an_order(order_id=order_id) for order_id in self._ids[start : start + limit]]


def test_a_page_with_more_to_come_has_a_cursor_after_its_last_order() -> None:
    page = list_orders(a_caller(), _ALL, None, 2, _Orders(9, 7, 5))

    assert [order.id for order in page.items] == [9, 7]
    assert decode_cursor(page.next_cursor or "", _ALL) == 7


def test_the_last_page_has_no_cursor_even_when_it_is_full() -> None:
    page = list_orders(a_caller(), _ALL, 9, 2, _Orders(9, 7, 5))

    assert ([order.id for order in page.items], page.next_cursor) == ([7, 5], None)


def test_a_list_without_orders_has_no_cursor() -> None:
    page = list_orders(a_caller(), _ALL, None, 2, _Orders())

    assert (page.items, page.next_cursor) == ([], None)


@pytest.mark.parametrize("wanted", [None, 17, 18])
def test_a_customer_sees_only_orders_of_their_own_whatever_they_ask_for(wanted: int | None) -> None:
    orders = _Orders()

    list_orders(a_caller(user_id=17), OrderFilter(user_id=wanted, status="pending"), None, 2, orders)

    assert orders.asked == OrderFilter(user_id=17, status="pending")


@pytest.mark.parametrize("wanted", [None, 18])
def test_an_admin_sees_everybodys_orders_or_one_customers(wanted: int | None) -> None:
    orders = _Orders()

    list_orders(a_caller(user_id=17, role=ADMIN), OrderFilter(user_id=wanted), None, 2, orders)

    assert orders.asked.user_id == wanted


@pytest.mark.parametrize("last_id", [1, 2**53 - 1, 2**63 - 1])
def test_a_cursor_leads_back_to_its_order(last_id: int) -> None:
    assert decode_cursor(encode_cursor(last_id, _ALL), _ALL) == last_id


@pytest.mark.parametrize(
    "other",
    [
        OrderFilter(user_id=17),
        OrderFilter(status="pending"),
        OrderFilter(payment_status="unpaid"),
        OrderFilter(created_from=NOON),
        OrderFilter(created_before=NOON),
        OrderFilter(min_total_minor=0),
        OrderFilter(max_total_minor=0),
    ],
)
def test_a_cursor_of_other_filters_is_refused(other: OrderFilter) -> None:
    with pytest.raises(ValueError, match="not a cursor of this list"):
        decode_cursor(encode_cursor(7, _ALL), other)


def test_a_cursor_is_good_for_the_same_filters_in_another_request() -> None:
    chosen = OrderFilter(created_from=NOON, status="pending")
    again = replace(chosen, created_from=datetime(2026, 1, 2, 12, tzinfo=UTC))

    assert decode_cursor(encode_cursor(7, chosen), again) == 7


@pytest.mark.parametrize("garbage", ["", "x", "====", "é", "A" * 3000, "' OR 1=1 --"])
def test_garbage_is_refused(garbage: str) -> None:
    with pytest.raises(ValueError, match="not a cursor of this list"):
        decode_cursor(garbage, _ALL)


@pytest.mark.parametrize(
    "forged", [[0], [-1], [2**63], ["7"], [7.0], [True], [None], [[7]], [7, 8], [], 7, {"a": 7}, None], ids=repr
)
def test_a_forged_cursor_is_checked_like_any_other_input(forged: object) -> None:
    payload = json.dumps(forged).encode()
    checksum = hashlib.blake2b(payload + repr(_ALL).encode(), digest_size=8).digest()
    cursor = base64.urlsafe_b64encode(checksum + payload).decode().rstrip("=")

    with pytest.raises(ValueError, match="not a cursor of this list"):
        decode_cursor(cursor, _ALL)
