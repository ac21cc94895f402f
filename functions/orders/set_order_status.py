"""PUT /api/v1/orders/{id}/status: an order is on its way, has arrived, or came back."""

from microshop.http import ADMIN, Request, Response, endpoint, ok
from microshop.orders.change_schemas import SetOrderStatusRequest
from microshop.orders.returning import return_order
from microshop.orders.shipping import deliver_order, ship_order
from microshop.orders.view import etag_of, order_view
from microshop.payments.unit_of_work import orders_unit_of_work
from microshop.platform.mysql import database


@endpoint(requires=ADMIN)
def handler(request: Request) -> Response:
    order_id, caller = request.path_id("id"), request.logged_in()
    wanted, uow = request.body(SetOrderStatusRequest), orders_unit_of_work(database())
    if wanted.carrier and wanted.tracking_number:
        order = ship_order(
            caller,
            order_id,
            wanted.carrier,
            wanted.tracking_number,
            uow,
            despite_dispute=wanted.despite_dispute,
        )
    elif wanted.status == "returned":
        order = return_order(caller, order_id, wanted.restocked(), wanted.reason, uow)
    else:
        order = deliver_order(caller, order_id, uow)
    return ok(order_view(order), {"ETag": etag_of(order)})
