"""GET /api/v1/orders/{id}: an order with its lines."""

from microshop.http import CUSTOMER, Request, Response, endpoint, not_modified, ok
from microshop.http.conditional import is_fresh
from microshop.orders import reading
from microshop.orders.queries import OrderQueries
from microshop.orders.view import etag_of, order_view
from microshop.platform.mysql import database
from microshop.scopes import READ_ORDERS


@endpoint(requires=(CUSTOMER, READ_ORDERS))
def handler(request: Request) -> Response:
    order = reading.get_order(request.require_caller(), request.path_id("id"), OrderQueries(database()))
    headers = {"ETag": etag_of(order), "Cache-Control": "private, no-cache"}
    if is_fresh(request.header("if-none-match"), etag_of(order)):
        return not_modified(headers)
    return ok(order_view(order), headers)
