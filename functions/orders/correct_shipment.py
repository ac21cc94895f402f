"""PATCH /api/v1/orders/{id}/shipment: correct the carrier or tracking number of a shipped order."""

from microshop.http import Request, Response, endpoint, ok
from microshop.orders.change_schemas import CorrectShipmentRequest
from microshop.orders.shipping import correct_shipment
from microshop.orders.view import etag_of, order_view
from microshop.payments.unit_of_work import orders_unit_of_work
from microshop.platform.mysql import database
from microshop.scopes import WRITE_ORDERS
from microshop.versions import expected_version


@endpoint(requires=WRITE_ORDERS)
def handler(request: Request) -> Response:
    order_id, caller = request.path_id("id"), request.require_caller()
    body = request.body(CorrectShipmentRequest)
    expected = expected_version(request.header("if-match"), body.version)
    uow = orders_unit_of_work(database())
    order = correct_shipment(caller, order_id, body.carrier, body.tracking_number, expected=expected, uow=uow)
    return ok(order_view(order), {"ETag": etag_of(order)})
