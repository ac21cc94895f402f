"""Webhooks of the local Stripe stand-in: signed, in Stripe's form, retried, and controlled by tests."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.support.card_payments import CardPayments
from tests.support.local_stack import eventually
from tests.support.payments_provider import PaymentsProvider, running_provider
from tests.support.webhook_receiver import WebhookReceiver

_SECRET = "whsec_of_the_test"
_NEW: Any = {"amount": 1500, "currency": "usd", "metadata": {"order_id": "7"}}
_CONFIRMED: Any = {**_NEW, "confirm": True, "payment_method": "pm_card_visa"}
_SHORT_PAUSES = [0.05] * 40


@pytest.fixture
def receiver(payments_provider: PaymentsProvider) -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiving:
        payments_provider.send_webhooks_to(receiving.url, _SECRET)
        yield receiving
        payments_provider.reset()


def _events(receiver: WebhookReceiver, count: int) -> dict[str, Any]:
    return {event.type: event for event in (one.event(_SECRET) for one in receiver.wait_for(count))}


def test_the_webhook_of_a_payment_has_the_payment_intent(
    payments_provider: PaymentsProvider, receiver: WebhookReceiver
) -> None:
    paid = payments_provider.stripe.v1.payment_intents.create(_CONFIRMED)

    events = _events(receiver, 2)

    assert events.keys() == {"payment_intent.created", "payment_intent.succeeded"}
    event = events["payment_intent.succeeded"]
    found = payments_provider.stripe.v1.payment_intents.retrieve(paid.id)
    assert event.data.object.to_dict() == found.to_dict()
    assert (event.object, event.livemode, event.id[:4]) == ("event", False, "evt_")
    assert isinstance(event.data.object.latest_charge, str)


def test_the_webhook_of_a_declined_card_has_its_reason(
    payments_provider: PaymentsProvider, receiver: WebhookReceiver
) -> None:
    parameters: Any = {**_CONFIRMED, "payment_method": "pm_card_chargeDeclined"}
    with pytest.raises(stripe.CardError):
        payments_provider.stripe.v1.payment_intents.create(parameters)

    failed = _events(receiver, 2)["payment_intent.payment_failed"].data.object

    assert (failed.status, failed.metadata.to_dict()) == ("requires_payment_method", {"order_id": "7"})
    assert failed.last_payment_error.code == "card_declined"
    assert failed.last_payment_error.charge == failed.latest_charge


def test_a_cancelled_payment_intent_sends_a_webhook(
    payments_provider: PaymentsProvider, receiver: WebhookReceiver
) -> None:
    intent = payments_provider.stripe.v1.payment_intents.create(_NEW)
    payments_provider.stripe.v1.payment_intents.cancel(intent.id)

    assert _events(receiver, 2)["payment_intent.canceled"].data.object.id == intent.id


def test_a_refund_sends_webhooks_of_refund_and_charge(
    payments_provider: PaymentsProvider, receiver: WebhookReceiver
) -> None:
    paid = payments_provider.stripe.v1.payment_intents.create(_CONFIRMED)
    refund = payments_provider.stripe.v1.refunds.create({"payment_intent": paid.id, "amount": 600})

    events = _events(receiver, 5)

    assert events["refund.created"].data.object.to_dict() == refund.to_dict()
    assert events["refund.updated"].data.object.id == refund.id
    charge = events["charge.refunded"].data.object
    assert (charge.id, charge.amount_refunded, charge.payment_intent) == (paid.latest_charge, 600, paid.id)


def test_a_refused_request_sends_no_webhook(payments_provider: PaymentsProvider, receiver: WebhookReceiver) -> None:
    paid = payments_provider.stripe.v1.payment_intents.create(_CONFIRMED)
    with pytest.raises(stripe.InvalidRequestError):
        payments_provider.stripe.v1.payment_intents.cancel(paid.id)
    with pytest.raises(stripe.InvalidRequestError):
        payments_provider.stripe.v1.refunds.create({"payment_intent": paid.id, "amount": 9999})

    types = [sent["type"] for sent in payments_provider.webhooks() if sent["object"] == paid.id]

    assert types == ["payment_intent.created", "payment_intent.succeeded"]


def test_a_repeated_request_sends_no_second_webhook(
    payments_provider: PaymentsProvider, receiver: WebhookReceiver
) -> None:
    for _ in range(2):
        payments_provider.stripe.v1.payment_intents.create(_NEW, {"idempotency_key": "sent-once"})

    (event,) = [one.event(_SECRET) for one in receiver.wait_for(1)]

    assert event.request.idempotency_key == "sent-once"
    assert len([sent for sent in payments_provider.webhooks() if sent["id"] == event.id]) == 1


def test_a_refused_webhook_is_retried_with_a_new_signature(payments_provider: PaymentsProvider) -> None:
    with WebhookReceiver([500, 302, 400]) as receiver:
        payments_provider.send_webhooks_to(receiver.url, _SECRET, pauses=_SHORT_PAUSES)
        payments_provider.stripe.v1.payment_intents.create(_NEW)

        received = receiver.wait_for(4)

        assert len({one.event(_SECRET).id for one in received}) == 1
        eventually(lambda: payments_provider.webhooks()[-1]["attempts"] == [500, 302, 400, 200])


def test_held_webhooks_are_released_in_the_requested_order(
    payments_provider: PaymentsProvider, receiver: WebhookReceiver
) -> None:
    payments_provider.inject_faults({"webhooks": {"hold": True}})
    paid = payments_provider.stripe.v1.payment_intents.create(_CONFIRMED)
    assert [sent["held"] for sent in payments_provider.webhooks() if sent["object"] == paid.id] == [True, True]
    assert receiver.received == []

    released = payments_provider.release_webhooks("reverse")

    assert [sent["attempts"] for sent in released] == [[200], [200]]
    types = [one.event(_SECRET).type for one in receiver.received]
    assert types == ["payment_intent.succeeded", "payment_intent.created"]


def test_a_webhook_can_be_duplicated(payments_provider: PaymentsProvider, receiver: WebhookReceiver) -> None:
    payments_provider.inject_faults({"webhooks": {"duplicate": 2}})
    payments_provider.stripe.v1.payment_intents.create(_NEW)

    assert len({one.event(_SECRET).id for one in receiver.wait_for(3)}) == 1


def test_a_payment_shown_as_processing_sends_no_webhook(
    payments_provider: PaymentsProvider, receiver: WebhookReceiver
) -> None:
    intent = payments_provider.stripe.v1.payment_intents.create(_NEW)
    payments_provider.inject_faults({"path": f"/v1/payment_intents/{intent.id}/confirm", "force_status": "processing"})

    payments_provider.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    types = [sent["type"] for sent in payments_provider.webhooks() if sent["object"] == intent.id]
    assert types == ["payment_intent.created"]


@pytest.mark.parametrize(
    ("status", "decision", "events"),
    [
        ("needs_response", "won", ["created", "funds_withdrawn", "closed", "funds_reinstated"]),
        ("needs_response", "lost", ["created", "funds_withdrawn", "closed"]),
        ("warning_needs_response", "needs_response", ["created", "updated", "funds_withdrawn"]),
        ("warning_needs_response", "warning_closed", ["created", "closed"]),
    ],
)
def test_a_dispute_sends_the_events_of_stripe(
    payments_provider: PaymentsProvider, receiver: WebhookReceiver, status: str, decision: str, events: list[str]
) -> None:
    paid = payments_provider.stripe.v1.payment_intents.create(_CONFIRMED)
    cards = CardPayments(payments_provider.url)

    dispute = cards.dispute(paid.id, status)
    cards.decide(dispute, decision)

    sent = [each["type"] for each in payments_provider.webhooks() if each["object"] == dispute]
    assert sent == [f"charge.dispute.{event}" for event in events]
    receiver.wait_for(len(events))


def test_a_test_can_send_any_event(payments_provider: PaymentsProvider, receiver: WebhookReceiver) -> None:
    payments_provider.inject_faults({"webhooks": {"hold": True}})
    sent = payments_provider.send_webhook("charge.dispute.created", {"id": "dp_1", "amount": 5}, id="evt_mine")

    assert (sent["id"], sent["attempts"]) == ("evt_mine", [200])
    assert receiver.received[0].event(_SECRET).data.object.to_dict() == {"id": "dp_1", "amount": 5}


def test_events_can_be_listed_and_retrieved(payments_provider: PaymentsProvider) -> None:
    paid = payments_provider.stripe.v1.payment_intents.create(_CONFIRMED)

    found: Any = payments_provider.stripe.v1.events.list({"type": "payment_intent.succeeded", "limit": 1}).data[0]

    assert found.data.object.id == paid.id
    assert payments_provider.stripe.v1.events.retrieve(found.id).to_dict() == found.to_dict()


def test_payments_answers_and_pending_webhooks_survive_a_restart(tmp_path: Path) -> None:
    key: Any = {"idempotency_key": "before"}
    with running_provider(tmp_path) as provider:
        provider.send_webhooks_to("http://127.0.0.1:9/nobody", _SECRET)
        provider.inject_faults({"webhooks": {"hold": True}})
        before = provider.stripe.v1.payment_intents.create(_CONFIRMED, key)

    with WebhookReceiver() as receiver, running_provider(tmp_path) as provider:
        assert provider.stripe.v1.payment_intents.create(_CONFIRMED, key).id == before.id
        assert provider.stripe.v1.payment_intents.retrieve(before.id).to_dict() == before.to_dict()
        assert [intent.id for intent in provider.stripe.v1.payment_intents.list().data] == [before.id]
        provider.send_webhooks_to(receiver.url, _SECRET)

        types = {json.loads(one.payload)["type"] for one in receiver.wait_for(2)}

        assert types == {"payment_intent.created", "payment_intent.succeeded"}


def test_providers_with_different_data_folders_share_nothing(
    payments_provider: PaymentsProvider, tmp_path: Path
) -> None:
    intent = payments_provider.stripe.v1.payment_intents.create(_NEW)

    with running_provider(tmp_path) as other, pytest.raises(stripe.InvalidRequestError) as refused:
        other.stripe.v1.payment_intents.retrieve(intent.id)

    assert refused.value.code == "resource_missing"
