"""GET /api/v1/orders/{id}/payments: the payments and refunds of an order."""

from microshop.http import CUSTOMER, Request, Response, endpoint, ok
from microshop.orders.queries import OrderQueries
from microshop.payments.queries import PaymentQueries
from microshop.payments.reading import get_payments
from microshop.payments.view import payments_view
from microshop.platform.mysql import database
from microshop.scopes import READ_ORDERS


@endpoint(requires=(CUSTOMER, READ_ORDERS))
def handler(request: Request) -> Response:
    details = get_payments(
        request.require_caller(), request.path_id("id"), OrderQueries(database()), PaymentQueries(database())
    )
    return ok(payments_view(details))
