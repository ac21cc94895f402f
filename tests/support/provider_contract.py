"""Requests, webhooks and subjects for the tests of payment providers."""

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import stripe

from microshop.orders.dispute_status import DisputeStatus
from microshop.payments.providers.port import (
    Intent,
    PaymentProvider,
    PaymentRequest,
    RefundRequest,
)
from tests.support.card_payments import CardPayments

STRIPE_KEYS = {"secret_key": "sk_test_local", "publishable_key": "pk_test_local", "webhook_secret": "whsec_of_a_test"}


STRIPE_STATUSES: dict[DisputeStatus, str] = {
    "inquiry": "warning_needs_response",
    "open": "needs_response",
    "won": "won",
    "lost": "lost",
    "closed": "warning_closed",
}


_NUMBERS = itertools.count(int(time.time() * 1000) << 12)


@dataclass(frozen=True)
class Subject:
    """A provider, and the actions of its customers and banks."""

    provider: PaymentProvider
    pay: Callable[[Intent], object]
    decline: Callable[[Intent], object]
    dispute: Callable[[str, DisputeStatus, int | None], str]
    decide: Callable[[str, DisputeStatus], object]


def a_payment_request(amount_minor: int = 1999, currency: str = "USD") -> PaymentRequest:
    order_id = next(_NUMBERS)
    return PaymentRequest(order_id, "MS-0000-0000", 1, amount_minor, currency, f"order-{order_id}-attempt-1")


def a_refund_request(intent: Intent, amount_minor: int, number: int = 1) -> RefundRequest:
    order_id = intent.order_id or 0
    key = f"order-{order_id}-refund-{number}"
    return RefundRequest(order_id, number, intent.reference, amount_minor, "USD", key)


def stripe_intent(cards: CardPayments, intent: Intent) -> dict[str, Any]:
    return cards.intents_of(intent.order_id or 0)[0]


def webhook_body(kind: str, stripe_object: dict[str, Any]) -> bytes:
    return json.dumps(
        {"id": "evt_1", "object": "event", "type": kind, "created": 9, "data": {"object": stripe_object}}
    ).encode()


def signature(body: bytes, *, secret: str = STRIPE_KEYS["webhook_secret"], age_seconds: int = 0) -> str:
    at = int(time.time()) - age_seconds
    payload = f"{at}.".encode() + body
    made = stripe.WebhookSignature._compute_signature(payload.decode(errors="replace"), secret)
    return f"t={at},v1={made}"
