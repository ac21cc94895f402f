"""GET /api/v1/orders: a page of the caller's orders, or of all orders for admins."""

from typing import cast

from microshop.cursors import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from microshop.errors import FieldProblem, InvalidInput
from microshop.http import CUSTOMER, Request, Response, endpoint, ok
from microshop.http.query import QueryParameters
from microshop.limits import MAX_ID
from microshop.money import to_minor
from microshop.orders.count_queries import OrderCounts
from microshop.orders.dispute_status import DISPUTE_STATUSES, DisputeStatus
from microshop.orders.paging import (
    OrderFilter,
    decode_cursor,
    list_orders,
    parse_email,
    parse_order_number,
    parse_reference,
)
from microshop.orders.queries import OrderQueries
from microshop.orders.states import PAYMENT_STATUSES, STATUSES, OrderStatus, PaymentStatus
from microshop.orders.view import order_page
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.scopes import READ_ORDERS
from microshop.times import parse_time


@endpoint(requires=(CUSTOMER, READ_ORDERS), reads_query=True)
def handler(request: Request) -> Response:
    caller, query, currency = request.require_caller(), request.query(), settings.text("CURRENCY")
    sees_all = caller.may(READ_ORDERS)
    criteria = OrderFilter(
        user_id=_user_id(query) if sees_all else None,
        status=cast("OrderStatus | None", query.choice("status", STATUSES, "") or None),
        payment_status=cast("PaymentStatus | None", query.choice("payment_status", PAYMENT_STATUSES, "") or None),
        created_from=query.parse("created_from", parse_time),
        created_before=query.parse("created_before", parse_time),
        min_total_minor=query.parse("min_total", lambda text: to_minor(text, currency)),
        max_total_minor=query.parse("max_total", lambda text: to_minor(text, currency)),
        order_number=query.parse("order_number", parse_order_number),
        email=query.parse("email", parse_email) if sees_all else None,
        payment_reference=query.parse("payment_reference", parse_reference),
        dispute_status=cast("DisputeStatus | None", query.choice("dispute", DISPUTE_STATUSES, "") or None),
    )
    limit = query.integer("limit", 1, MAX_PAGE_SIZE, DEFAULT_PAGE_SIZE)
    after = query.parse("cursor", lambda text: decode_cursor(text, criteria))
    counts = OrderCounts(database()) if query.flag("count") else None
    query.finish()
    return ok(order_page(list_orders(caller, criteria, after, limit, OrderQueries(database()), counts=counts)))


def _user_id(query: QueryParameters) -> int | None:
    user_id = query.integer("user_id", 1, MAX_ID, 0)
    former = query.integer("customer", 1, MAX_ID, user_id)  # the name of the parameter in earlier releases
    if user_id not in (0, former):
        raise InvalidInput(FieldProblem("customer", "is the former name of user_id, which is given as well"))
    return former or None
