"""POST /api/v1/orders/{id}/confirm: record a payment that was made outside the shop."""

from microshop.http import Request, Response, endpoint, ok
from microshop.orders.change_schemas import ConfirmOrderRequest
from microshop.orders.updating import confirm_order
from microshop.orders.view import etag_of, order_view
from microshop.payments.unit_of_work import orders_unit_of_work
from microshop.platform.mysql import database
from microshop.scopes import WRITE_ORDERS


@endpoint(requires=WRITE_ORDERS)
def handler(request: Request) -> Response:
    order_id = request.path_id("id")
    reference = request.body(ConfirmOrderRequest).reference
    order = confirm_order(request.require_caller(), order_id, reference, orders_unit_of_work(database()))
    return ok(order_view(order), {"ETag": etag_of(order)})
