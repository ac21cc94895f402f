"""POST /api/v1/orders/{id}/cancel: cancel an order and restock its units."""

from microshop.http import CUSTOMER, Request, Response, endpoint, ok
from microshop.orders.change_schemas import CancelOrderRequest
from microshop.orders.updating import cancel_order
from microshop.orders.view import etag_of, order_view
from microshop.payments.unit_of_work import orders_unit_of_work
from microshop.platform.mysql import database
from microshop.products.cache import invalidate_products
from microshop.scopes import WRITE_ORDERS


@endpoint(requires=(CUSTOMER, WRITE_ORDERS))
def handler(request: Request) -> Response:
    order_id = request.path_id("id")
    reason = request.body(CancelOrderRequest).reason if request.has_body() else None
    order = cancel_order(request.require_caller(), order_id, reason, orders_unit_of_work(database()))
    degraded = invalidate_products([line.product_id for line in order.lines])
    return ok(order_view(order), {"ETag": etag_of(order)}, degraded=degraded)
