"""POST /api/v1/payments/stripe/webhook: take in what Stripe tells."""

from microshop.http import Request, Response, endpoint, ok
from microshop.payments.facts import take_event
from microshop.payments.providers import provider
from microshop.payments.reporting import report
from microshop.payments.repository import PaymentsUnitOfWork
from microshop.platform.mysql import database

_NAME = "stripe"


@endpoint()
def handler(request: Request) -> Response:
    event = provider(_NAME).read_event(request.raw_body(), request.headers)
    outcome = take_event(_NAME, event, PaymentsUnitOfWork(database()))
    report(outcome, provider=_NAME, event_id=event.id, event_type=event.type)
    return ok({"received": True})
