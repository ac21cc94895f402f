"""PUT /api/v1/orders/{id}/status: record that an order was shipped, delivered or returned."""

from microshop.http import Request, Response, endpoint, ok
from microshop.orders.change_schemas import SetOrderStatusRequest
from microshop.orders.returning import return_order
from microshop.orders.shipping import deliver_order, ship_order
from microshop.orders.view import etag_of, order_view
from microshop.payments.unit_of_work import orders_unit_of_work
from microshop.platform.mysql import database
from microshop.scopes import WRITE_ORDERS


@endpoint(requires=WRITE_ORDERS)
def handler(request: Request) -> Response:
    order_id, caller = request.path_id("id"), request.require_caller()
    body, uow = request.body(SetOrderStatusRequest), orders_unit_of_work(database())
    if body.carrier and body.tracking_number:
        order = ship_order(
            caller,
            order_id,
            body.carrier,
            body.tracking_number,
            uow,
            despite_dispute=body.despite_dispute,
        )
    elif body.status == "returned":
        order = return_order(caller, order_id, body.restock_lines(), body.reason, uow)
    else:
        order = deliver_order(caller, order_id, uow)
    return ok(order_view(order), {"ETag": etag_of(order)})
