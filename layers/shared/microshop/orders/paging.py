"""Lists orders in pages, newest first, with filters and cursors."""

from __future__ import annotations

import itertools
import re
from copy import replace
from typing import TYPE_CHECKING, Protocol

from microshop import cursors
from microshop.scopes import READ_ORDERS
from microshop.text import normalise_search
from microshop.users.user import normalise_email
from microshop.values import Value

if TYPE_CHECKING:
    from datetime import datetime

    from microshop.caller import Caller
    from microshop.orders.dispute_status import DisputeStatus
    from microshop.orders.order import Order
    from microshop.orders.states import OrderStatus, PaymentStatus

# 100 orders can have 5000 lines, which in the worst case exceed Lambda's limit of 6 MB per response.
MAX_PAGE_LINES = 2000
_MAX_REFERENCE_LENGTH = 200  # the length of the columns `reference` of payments and refunds
# The alphabet of orders/numbers.py.
_NUMBER = re.compile(r"MS([0-9A-HJKMNP-TV-Z]{4})([0-9A-HJKMNP-TV-Z]{4})", re.ASCII)


class OrderFilter(Value):
    """The filters of a list of orders; None does not filter. Amounts are in minor units.

    All limits are inclusive except `created_before`. `email` is an account's address in its stored form.
    `payment_reference` is the provider's or admin's reference of a payment or refund of the order.
    """

    user_id: int | None = None
    status: OrderStatus | None = None
    payment_status: PaymentStatus | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    min_total_minor: int | None = None
    max_total_minor: int | None = None
    order_number: str | None = None
    email: str | None = None
    payment_reference: str | None = None
    dispute_status: DisputeStatus | None = None


class OrderList(Protocol):
    """Lists orders."""

    def page(self, criteria: OrderFilter, after: int | None, limit: int) -> list[Order]: ...


class Counts(Protocol):
    """Counts orders."""

    def count(self, criteria: OrderFilter) -> cursors.Count: ...


def list_orders(
    caller: Caller,
    criteria: OrderFilter,
    after: int | None,
    limit: int,
    orders: OrderList,
    *,
    counts: Counts | None = None,
) -> cursors.Page[Order]:
    """Returns one page of the orders that the caller may see, with the count of the list if `counts` is given.

    The page has fewer than `limit` orders if they have very many lines. A new order causes no other order to be
    repeated or skipped on later pages.
    """
    visible = criteria if caller.may(READ_ORDERS) else replace(criteria, user_id=caller.user_id)
    found = orders.page(visible, after, limit + 1)
    page = cursors.page_of(found, _count_fitting(found[:limit]), lambda last: encode_cursor(last.id, criteria))
    return page if counts is None else page.with_count(lambda: counts.count(visible), is_first=after is None)


def _count_fitting(found: list[Order]) -> int:
    """Returns the number of leading orders that have at most 2000 lines in total. One order has at most 50 lines."""
    lines = itertools.accumulate(len(order.lines) for order in found)
    return sum(1 for count in lines if count <= MAX_PAGE_LINES)


def parse_order_number(text: str) -> str:
    """Returns an order number in its stored form, from a form that people type, such as `ms7f3k9qxd`.

    Raises:
        ValueError: the text is not an order number.
    """
    found = _NUMBER.fullmatch(text.strip().upper().replace("-", ""))
    if found is None:
        raise ValueError("must be an order number such as MS-7F3K-9QXD")
    return f"MS-{found[1]}-{found[2]}"


def parse_email(text: str) -> str:
    """Returns an account's address, normalised, from a query parameter.

    Query decoding turns a `+` into a space. Removing a space at the beginning could yield another account's address.

    Raises:
        ValueError: the text is not an address, or begins with a space.
    """
    try:
        if not text.startswith(" "):
            return normalise_email(text)
    except ValueError:
        pass
    raise ValueError("must be an email address such as name@example.com; write a + in a URL as %2B")


def parse_reference(text: str) -> str:
    """Returns the reference of a payment or refund, normalised.

    Raises:
        ValueError: the reference is empty or too long.
    """
    reference = normalise_search(text)
    if not 1 <= len(reference) <= _MAX_REFERENCE_LENGTH:
        raise ValueError(f"must have 1 to {_MAX_REFERENCE_LENGTH} characters")
    return reference


def encode_cursor(last_id: int, criteria: OrderFilter) -> str:
    """Returns the cursor of the page that begins after the order `last_id`."""
    return cursors.encode([last_id], criteria)


def decode_cursor(cursor: str, criteria: OrderFilter) -> int:
    """Returns the id of the order after which the page begins.

    Raises:
        ValueError: the cursor belongs to another list.
    """
    match cursors.decode(cursor, criteria):
        case [last_id] if cursors.is_id(last_id):
            return int(last_id)
    raise ValueError(cursors.INVALID_CURSOR)
