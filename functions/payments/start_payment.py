"""POST /api/v1/orders/{id}/payment: start or resume the payment of an order."""

from microshop.http import CUSTOMER, Request, Response, endpoint, ok
from microshop.payments.providers import provider
from microshop.payments.reporting import report
from microshop.payments.starting import start_payment
from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.payments.view import started_view
from microshop.platform import settings
from microshop.platform.mysql import database


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    order_id, provider_name = request.path_id("id"), settings.text("PAYMENT_PROVIDER")
    uow = PaymentsUnitOfWork(database())
    started = start_payment(request.require_caller(), order_id, provider_name, provider(provider_name), uow)
    report(started.outcome, order_id=order_id, payment_id=started.payment_id)
    return ok(started_view(started))
