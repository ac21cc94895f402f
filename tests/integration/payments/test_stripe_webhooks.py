"""Stripe's webhooks: signatures, and events as updates of the port."""

from copy import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from microshop.errors import InvalidWebhook
from microshop.payments.providers import stripe as adapter
from microshop.payments.providers.port import (
    FundsMovement,
    Intent,
    ProviderDispute,
    ProviderRefund,
    UnusableEvent,
)
from microshop.payments.providers.stripe_objects import intent_of
from tests.support.card_payments import CardPayments
from tests.support.provider_contract import (
    a_payment_request,
    signature,
    stripe_intent,
    webhook_body,
)

_DISPUTE = {
    "id": "dp_1",
    "payment_intent": "pi_1",
    "amount": 1999,
    "currency": "usd",
    "reason": "fraudulent",
    "created": 0,
}


_WITHDRAWN = {"id": "txn_1", "amount": -1999, "fee": 1500, "currency": "eur"}


_DISPUTED = ProviderDispute(
    reference="dp_1",
    intent_reference="pi_1",
    status="open",
    amount_minor=1999,
    currency="USD",
    reason="fraudulent",
    opened_at=datetime.fromtimestamp(0, UTC),
    as_of=datetime.fromtimestamp(9, UTC),
)


@pytest.mark.parametrize(
    ("metadata", "foreign"),
    [
        ({"order_id": "17", "attempt": "1"}, False),  # from a release that did not name the shop
        ({"order_id": "17", "attempt": "1", "shop": "another-shop"}, True),
        ({}, True),  # an invoice
    ],
)
def test_an_intent_is_foreign_if_its_metadata_is(metadata: dict[str, str], *, foreign: bool) -> None:
    intent = {"id": "pi_1", "status": "processing", "amount": 5, "currency": "usd", "created": 0, "metadata": metadata}

    assert intent_of(intent, "this-shop").foreign == foreign


def test_a_webhook_with_a_recent_signature_is_read(
    stripe_provider: adapter.StripeProvider, cards: CardPayments
) -> None:
    intent = stripe_intent(cards, stripe_provider.start(a_payment_request()))
    body = webhook_body("payment_intent.succeeded", {**intent, "status": "succeeded", "amount_received": 1999})

    event = stripe_provider.read_event(body, {"stripe-signature": signature(body)})

    assert (event.id, event.type) == ("evt_1", "payment_intent.succeeded")
    assert isinstance(event.update, Intent)
    assert (event.update.reference, event.update.status, event.update.captured_minor) == (
        intent["id"],
        "captured",
        1999,
    )


@pytest.mark.parametrize(
    ("secret", "age_seconds", "change"),
    [("whsec_of_another", 0, b""), ("whsec_of_a_test", 301, b""), ("whsec_of_a_test", 0, b" ")],
)
def test_a_webhook_with_a_wrong_old_or_altered_signature_is_refused(
    stripe_provider: adapter.StripeProvider, secret: str, age_seconds: int, change: bytes
) -> None:
    body = webhook_body("payment_intent.succeeded", {})
    header = signature(body, secret=secret, age_seconds=age_seconds)

    with pytest.raises(InvalidWebhook):
        stripe_provider.read_event(body + change, {"stripe-signature": header})


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": "evt_1", "type": 5}', b"\xff"])
def test_a_signed_body_that_is_not_an_event_is_refused(stripe_provider: adapter.StripeProvider, body: bytes) -> None:
    with pytest.raises(InvalidWebhook):
        stripe_provider.read_event(body, {"stripe-signature": signature(body)})


@pytest.mark.parametrize("data", ["{}", '{"object": {"id": "pi_1"}}', "[]"])
def test_an_event_with_unusable_content_is_reported_with_its_id(
    stripe_provider: adapter.StripeProvider, data: str
) -> None:
    body = f'{{"id": "evt_1", "type": "payment_intent.succeeded", "created": 1, "data": {data}}}'.encode()

    with pytest.raises(UnusableEvent) as unusable:
        stripe_provider.read_event(body, {"stripe-signature": signature(body)})

    assert (unusable.value.event_id, unusable.value.event_type) == ("evt_1", "payment_intent.succeeded")


def test_a_webhook_without_a_signature_is_refused(stripe_provider: adapter.StripeProvider) -> None:
    with pytest.raises(InvalidWebhook):
        stripe_provider.read_event(webhook_body("payment_intent.succeeded", {}), {})


@pytest.mark.parametrize(
    ("kind", "stripe_object", "about"),
    [
        (
            "charge.dispute.created",
            {**_DISPUTE, "status": "warning_needs_response"},
            replace(_DISPUTED, status="inquiry"),
        ),
        (
            "charge.dispute.updated",
            {**_DISPUTE, "status": "appeal_under_review"},
            _DISPUTED,
        ),
        (
            "charge.dispute.funds_withdrawn",
            {**_DISPUTE, "status": "needs_response", "balance_transactions": [_WITHDRAWN]},
            replace(_DISPUTED, movements=(FundsMovement("txn_1", -1999, 1500, "EUR"),)),
        ),
        (
            "charge.dispute.closed",
            {**_DISPUTE, "amount": 500, "currency": "isk", "status": "lost", "evidence_details": {"due_by": 86400}},
            replace(
                _DISPUTED,
                amount_minor=5,
                currency="ISK",
                status="lost",
                respond_by=datetime.fromtimestamp(86400, UTC),
            ),
        ),
        (
            "refund.failed",
            {
                "id": "re_1",
                "payment_intent": "pi_1",
                "status": "failed",
                "amount": 500,
                "currency": "jpy",
                "created": 0,
                "failure_reason": "lost_or_stolen_card",
                "metadata": {"refund": "3"},
            },
            ProviderRefund(
                "re_1", "pi_1", "failed", 500, "JPY", datetime.fromtimestamp(0, UTC), 3, "lost_or_stolen_card"
            ),
        ),
        ("customer.created", {"id": "cus_1"}, None),
    ],
)
def test_events_become_updates_of_the_port(
    stripe_provider: adapter.StripeProvider, kind: str, stripe_object: dict[str, Any], about: object
) -> None:
    body = webhook_body(kind, stripe_object)

    assert stripe_provider.read_event(body, {"stripe-signature": signature(body)}).update == about
