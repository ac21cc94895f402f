"""Every list fits the size limit of a Lambda answer, with every field full of the characters that take most bytes."""

import json
from collections.abc import Mapping
from copy import replace
from typing import Any

import pytest

from microshop.cursors import MAX_COUNTED, MAX_CURSOR_LENGTH, MAX_PAGE_SIZE, Count, Page
from microshop.http import ok
from microshop.http.response import to_proxy_response
from microshop.limits import MAX_ID, MAX_REASON_LENGTH
from microshop.orders.history import HistoryEntry
from microshop.orders.history_view import order_history
from microshop.orders.order import MAX_CARRIER_LENGTH, MAX_TRACKING_NUMBER_LENGTH, Order
from microshop.orders.paging import MAX_PAGE_LINES, OrderFilter, list_orders
from microshop.orders.requested_lines import MAX_LINES
from microshop.orders.schemas import MAX_ADDRESS_LENGTH
from microshop.orders.view import order_page
from microshop.payments.ledger_repository import MAX_LEDGER_REASON_LENGTH
from microshop.payments.payment import Entry, Refund, RestockLine
from microshop.payments.reading import OrderPaymentDetails
from microshop.payments.refunding import MAX_REFUNDS
from microshop.payments.view import payments_view
from microshop.products.category_queries import MAX_CATEGORIES
from microshop.products.product import (
    MAX_CATEGORY_LENGTH,
    MAX_IMAGE_URL_LENGTH,
    MAX_IMAGES,
    MAX_NAME_LENGTH,
    MAX_PRICE_MINOR,
    MAX_SKU_LENGTH,
    MAX_STOCK,
    MAX_SUMMARY_LENGTH,
    Category,
    ListedProduct,
    summary_of,
)
from microshop.products.view import category_list, product_page
from tests.support.builders import NOON, a_caller
from tests.support.order_builders import a_line, an_order
from tests.support.table_rows import wrong_answers

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB plus room for the envelope.
LAMBDA_ANSWER_BYTES = 6_291_556
# Escaped in the body and again in Lambda's answer, which holds the body as a string; or three or four bytes long.
WORST = ('"', "\\", "😀", "字")
_REFERENCE_LENGTH = 200
_CURSOR = "x" * MAX_CURSOR_LENGTH


def _too_large(views: Mapping[str, Mapping[str, object]]) -> dict[str, int]:
    """Returns the sizes of answers that are too large, by the letter that fills their fields."""
    sizes = {letter: _bytes(view) for letter, view in views.items()}
    return {letter: size for letter, size in sizes.items() if size >= LAMBDA_ANSWER_BYTES}


def _bytes(view: Mapping[str, object]) -> int:
    answer = to_proxy_response(ok(view), "x" * 64, "https://shop.example.com")
    # As in Lambda's runtime of Python 3.13.
    return len(json.dumps(answer, ensure_ascii=False).encode())


def test_page_of_products_fits() -> None:
    def product(letter: str) -> ListedProduct:
        return ListedProduct(
            id=MAX_ID,
            sku=letter * MAX_SKU_LENGTH,
            name=letter * MAX_NAME_LENGTH,
            summary=letter * MAX_SUMMARY_LENGTH,
            category=letter * MAX_CATEGORY_LENGTH,
            image_urls=(letter * MAX_IMAGE_URL_LENGTH,) * MAX_IMAGES,
            price_minor=MAX_PRICE_MINOR,
            currency="USD",
            stock=MAX_STOCK,
            version=MAX_STOCK,
            created_at=NOON,
            updated_at=NOON,
        )

    pages = {letter: product_page(Page([product(letter)] * MAX_PAGE_SIZE, _CURSOR)) for letter in WORST}

    assert _too_large(pages) == {}


def test_categories_fit() -> None:
    lists = {
        letter: category_list(
            [Category(letter * MAX_CATEGORY_LENGTH, Count(MAX_COUNTED, exact=False))] * MAX_CATEGORIES
        )
        for letter in WORST
    }

    assert _too_large(lists) == {}


@pytest.mark.parametrize("lines", [1, 20, 21, MAX_LINES])
def test_page_of_orders_fits(lines: int) -> None:
    pages = {}
    for letter in WORST:
        orders = [_order(number, letter, lines) for number in range(MAX_PAGE_SIZE + 1, 0, -1)]
        page = list_orders(a_caller(), OrderFilter(), None, MAX_PAGE_SIZE, _Orders(orders))
        assert sum(len(order.lines) for order in page.items) <= MAX_PAGE_LINES
        pages[letter] = order_page(page)

    assert _too_large(pages) == {}


def test_large_orders_are_listed_page_by_page_to_the_last() -> None:
    orders, seen, cursor = _Orders([_order(number, "x", MAX_LINES) for number in range(99, 0, -1)]), list[int](), None
    while True:
        after = seen[-1] if seen else None
        page = list_orders(a_caller(), OrderFilter(), after, MAX_PAGE_SIZE, orders)
        seen += [order.id for order in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.items) == MAX_PAGE_LINES // MAX_LINES

    assert seen == list(range(99, 0, -1))


def test_payments_of_an_order_with_all_its_refunds_fit() -> None:
    def found(letter: str) -> OrderPaymentDetails:
        reference, reason = letter * _REFERENCE_LENGTH, letter * MAX_LEDGER_REASON_LENGTH
        refund = Refund(
            id=MAX_ID,
            payment_id=MAX_ID,
            order_id=MAX_ID,
            number=MAX_REFUNDS,
            state="succeeded",
            amount_minor=MAX_PRICE_MINOR,
            currency="USD",
            cause="requested",
            reason=letter * MAX_REASON_LENGTH,
            reference=reference,
            failure=None,
            requested_by=MAX_ID,
            checks=1,
            next_check_at=None,
            created_at=NOON,
            updated_at=NOON,
            restock=(RestockLine(MAX_ID, 999),) * MAX_LINES,
        )
        entry = Entry(MAX_ID, MAX_ID, MAX_ID, "refund_failed", MAX_PRICE_MINOR, "USD", reference, reason, NOON)
        # A refund is requested, made, and may come back.
        return OrderPaymentDetails([], [refund] * MAX_REFUNDS, [entry] * (4 * MAX_REFUNDS), "USD")

    assert _too_large({letter: payments_view(found(letter)) for letter in WORST}) == {}


def test_history_of_an_order_with_all_its_refunds_fits() -> None:
    def entry(letter: str) -> HistoryEntry:
        reason = letter * MAX_REASON_LENGTH
        return HistoryEntry(MAX_STOCK, "refunded", "delivered", "partially_refunded", "customer", MAX_ID, reason, NOON)

    histories = {letter: order_history([entry(letter)] * (4 * MAX_REFUNDS + 100)) for letter in WORST}

    assert _too_large(histories) == {}


def test_summary_is_the_beginning_in_one_line_cut_between_words() -> None:
    rows = [
        ("", ""),
        ("Boils water.\nQuickly.", "Boils water. Quickly."),
        ("  a \t b\r\n\r\nc ", "a b c"),
        ("x" * 300, "x" * 300),
        ("x" * 301, "x" * 299 + "…"),
        ("字" * 400, "字" * 299 + "…"),
        ("word " * 80, "word " * 59 + "word…"),
        ("x" * 296 + " yyyyyy", "x" * 296 + "…"),
        ("a " + "x" * 400, "a " + "x" * 297 + "…"),
        ("\n" * 200 + "kettle " * 50, "kettle " * 13 + "kettle…"),
        ("x" * 298 + "e\u0301" * 20, "x" * 298 + "…"),
        ("x" * 298 + "👍🏽" * 20, "x" * 298 + "…"),
        ("x" * 297 + "👩\u200d🚀" * 20, "x" * 297 + "…"),
        ("\u0301" * 400, "\u0301…"),
    ]

    assert wrong_answers(lambda description: summary_of(description[: MAX_SUMMARY_LENGTH + 1]), rows) == []
    assert max(len(summary) for _, summary in rows) == MAX_SUMMARY_LENGTH


class _Orders:
    def __init__(self, orders: list[Order]) -> None:
        self._orders = orders

    def page(self, _chosen: OrderFilter, after: int | None, limit: int) -> list[Order]:
        return [order for order in self._orders if after is None or order.id < after][:limit]


def _order(order_id: int, letter: str, lines: int) -> Order:
    line = replace(
        a_line(sku=letter * MAX_SKU_LENGTH, name=letter * MAX_NAME_LENGTH, unit_price_minor=MAX_PRICE_MINOR),
        product_id=MAX_ID,
        quantity=999,
    )
    address: Any = letter * MAX_ADDRESS_LENGTH
    fields = dict.fromkeys(("recipient", "street", "street2", "city", "region", "postal_code", "phone"), letter * 100)
    return replace(
        an_order(*[line] * lines, order_id=order_id),
        address=address if order_id % 2 else fields,
        carrier=letter * MAX_CARRIER_LENGTH,
        tracking_number=letter * MAX_TRACKING_NUMBER_LENGTH,
    )
