"""POST /api/v1/payments/stripe/webhook: apply a webhook event of Stripe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.http import Request, Response, endpoint, ok
from microshop.payments.outcomes import Outcome
from microshop.payments.provider_updates import apply_event
from microshop.payments.providers import provider
from microshop.payments.providers.port import UnusableEvent
from microshop.payments.reporting import report
from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.platform.mysql import database

if TYPE_CHECKING:
    from microshop.payments.view import WebhookReceived

_PROVIDER = "stripe"
_RECEIVED: WebhookReceived = {"received": True}


@endpoint()
def handler(request: Request) -> Response:
    try:
        event = provider(_PROVIDER).read_event(request.raw_body(), request.headers)
        outcome, payment = apply_event(_PROVIDER, event, PaymentsUnitOfWork(database()))
    except UnusableEvent as error:
        # Stripe would repeat an event that got an error for three days, without effect.
        details = {"event_id": error.event_id, "event_type": error.event_type, "problem": error.problem}
        report(Outcome.UNUSABLE, provider=_PROVIDER, **details)
        return ok(_RECEIVED)
    ids = {"order_id": payment.order_id, "payment_id": payment.id} if payment else {}
    report(outcome, provider=_PROVIDER, event_id=event.id, event_type=event.type, **ids)
    return ok(_RECEIVED)
