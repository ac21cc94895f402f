"""GET /api/v1/orders/{id}/history: all changes of an order."""

from microshop.http import CUSTOMER, Request, Response, endpoint, ok
from microshop.orders import reading
from microshop.orders.history_view import order_history
from microshop.orders.queries import OrderQueries
from microshop.platform.mysql import database
from microshop.scopes import READ_ORDERS


@endpoint(requires=(CUSTOMER, READ_ORDERS))
def handler(request: Request) -> Response:
    entries = reading.get_history(request.require_caller(), request.path_id("id"), OrderQueries(database()))
    return ok(order_history(entries))
