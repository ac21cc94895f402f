"""PUT /api/v1/orders/{id}/settlement: set the total refund of a returned order."""

from microshop.http import Request, Response, endpoint, ok
from microshop.orders.change_schemas import SettleReturnRequest
from microshop.orders.returning import settle_return
from microshop.orders.view import etag_of, order_view
from microshop.payments.unit_of_work import orders_unit_of_work
from microshop.platform.mysql import database
from microshop.scopes import REFUND


@endpoint(requires=REFUND, fresh_second_factor=True)
def handler(request: Request) -> Response:
    order_id, caller = request.path_id("id"), request.require_caller()
    body, uow = request.body(SettleReturnRequest), orders_unit_of_work(database())
    order = settle_return(caller, order_id, body.refund_minor, body.reason, uow)
    return ok(order_view(order), {"ETag": etag_of(order)})
