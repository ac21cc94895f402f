"""POST /api/v1/payments/stripe/webhook: apply an event of Stripe."""

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

_NAME = "stripe"
_RECEIVED: WebhookReceived = {"received": True}


@endpoint()
def handler(request: Request) -> Response:
    try:
        event = provider(_NAME).read_event(request.raw_body(), request.headers)
        outcome, payment = apply_event(_NAME, event, PaymentsUnitOfWork(database()))
    except UnusableEvent as error:
        # An error would have Stripe send it again for three days, for nothing.
        named = {"event_id": error.event_id, "event_type": error.event_type, "problem": error.problem}
        report(Outcome.UNUSABLE, provider=_NAME, **named)
        return ok(_RECEIVED)
    about = {"order_id": payment.order_id, "payment_id": payment.id} if payment else {}
    report(outcome, provider=_NAME, event_id=event.id, event_type=event.type, **about)
    return ok(_RECEIVED)
