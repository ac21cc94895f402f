"""POST /api/v1/orders/{id}/refunds: refund an order, and restock its units."""

from microshop.http import Request, Response, created, endpoint
from microshop.payments.outcomes import Outcome
from microshop.payments.providers import provider
from microshop.payments.refunding import refund_order
from microshop.payments.reporting import report
from microshop.payments.schemas import RefundOrderRequest
from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.payments.view import refund_view
from microshop.platform.mysql import database
from microshop.products.cache import invalidate_products
from microshop.scopes import REFUND


@endpoint(requires=REFUND, fresh_second_factor=True, takes_key=True)
def handler(request: Request) -> Response:
    order_id, body = request.path_id("id"), request.body(RefundOrderRequest)
    refund = refund_order(
        request.require_caller(),
        order_id,
        body.requested_refund(),
        request.idempotency_key(body),
        find_provider=provider,
        uow=PaymentsUnitOfWork(database()),
    )
    if refund.state == "failed":
        report(Outcome.REFUND_FAILED, order_id=order_id, refund_id=refund.id)
    degraded = invalidate_products([line.product_id for line in refund.restock])
    location, log = f"/api/v1/orders/{order_id}/payments", {"refund_id": refund.id, "refund_status": refund.state}
    return created(refund_view(refund), location=location, log=log, degraded=degraded)
