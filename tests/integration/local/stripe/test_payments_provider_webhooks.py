"""Webhooks of the local payment provider: signed, in Stripe's form, until they are taken; and what tests do to them."""

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
_AT_ONCE: Any = {**_NEW, "confirm": True, "payment_method": "pm_card_visa"}
_QUICKLY = [0.05] * 40


@pytest.fixture
def receiver(payments_provider: PaymentsProvider) -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiving:
        payments_provider.sends_webhooks_to(receiving.url, _SECRET)
        yield receiving
        payments_provider.reset()


def _events(receiver: WebhookReceiver, count: int) -> dict[str, Any]:
    return {event.type: event for event in (one.event(_SECRET) for one in receiver.wait_for(count))}


def test_a_payment_is_told_as_it_is_retrieved(payments_provider: PaymentsProvider, receiver: WebhookReceiver) -> None:
    paid = payments_provider.stripe.v1.payment_intents.create(_AT_ONCE)

    events = _events(receiver, 2)

    assert events.keys() == {"payment_intent.created", "payment_intent.succeeded"}
    event = events["payment_intent.succeeded"]
    found = payments_provider.stripe.v1.payment_intents.retrieve(paid.id)
    assert event.data.object.to_dict() == found.to_dict()
    assert (event.object, event.livemode, event.id[:4]) == ("event", False, "evt_")
    assert isinstance(event.data.object.latest_charge, str)


def test_a_declined_card_is_told_with_its_reason(
    payments_provider: PaymentsProvider, receiver: WebhookReceiver
) -> None:
    wanted: Any = {**_AT_ONCE, "payment_method": "pm_card_chargeDeclined"}
    with pytest.raises(stripe.CardError):
        payments_provider.stripe.v1.payment_intents.create(wanted)

    failed = _events(receiver, 2)["payment_intent.payment_failed"].data.object

    assert (failed.status, failed.metadata.to_dict()) == ("requires_payment_method", {"order_id": "7"})
    assert failed.last_payment_error.code == "card_declined"
    assert failed.last_payment_error.charge == failed.latest_charge


def test_a_cancelled_payment_intent_is_told(payments_provider: PaymentsProvider, receiver: WebhookReceiver) -> None:
    intent = payments_provider.stripe.v1.payment_intents.create(_NEW)
    payments_provider.stripe.v1.payment_intents.cancel(intent.id)

    assert _events(receiver, 2)["payment_intent.canceled"].data.object.id == intent.id


def test_a_refund_is_told_with_its_charge(payments_provider: PaymentsProvider, receiver: WebhookReceiver) -> None:
    paid = payments_provider.stripe.v1.payment_intents.create(_AT_ONCE)
    refund = payments_provider.stripe.v1.refunds.create({"payment_intent": paid.id, "amount": 600})

    events = _events(receiver, 5)

    assert events["refund.created"].data.object.to_dict() == refund.to_dict()
    assert events["refund.updated"].data.object.id == refund.id
    charge = events["charge.refunded"].data.object
    assert (charge.id, charge.amount_refunded, charge.payment_intent) == (paid.latest_charge, 600, paid.id)


def test_a_refused_request_is_not_told(payments_provider: PaymentsProvider, receiver: WebhookReceiver) -> None:
    paid = payments_provider.stripe.v1.payment_intents.create(_AT_ONCE)
    with pytest.raises(stripe.InvalidRequestError):
        payments_provider.stripe.v1.payment_intents.cancel(paid.id)
    with pytest.raises(stripe.InvalidRequestError):
        payments_provider.stripe.v1.refunds.create({"payment_intent": paid.id, "amount": 9999})

    told = [sent["type"] for sent in payments_provider.webhooks() if sent["object"] == paid.id]

    assert told == ["payment_intent.created", "payment_intent.succeeded"]


def test_a_replayed_answer_is_not_told_again(payments_provider: PaymentsProvider, receiver: WebhookReceiver) -> None:
    for _ in range(2):
        payments_provider.stripe.v1.payment_intents.create(_NEW, {"idempotency_key": "told-once"})

    (event,) = [one.event(_SECRET) for one in receiver.wait_for(1)]

    assert event.request.idempotency_key == "told-once"
    assert len([sent for sent in payments_provider.webhooks() if sent["id"] == event.id]) == 1


def test_what_is_not_taken_is_sent_again_with_a_new_signature(payments_provider: PaymentsProvider) -> None:
    with WebhookReceiver([500, 302, 400]) as receiver:
        payments_provider.sends_webhooks_to(receiver.url, _SECRET, pauses=_QUICKLY)
        payments_provider.stripe.v1.payment_intents.create(_NEW)

        received = receiver.wait_for(4)

        assert len({one.event(_SECRET).id for one in received}) == 1
        eventually(lambda: payments_provider.webhooks()[-1]["attempts"] == [500, 302, 400, 200])


def test_held_webhooks_come_in_the_order_that_a_test_wants(
    payments_provider: PaymentsProvider, receiver: WebhookReceiver
) -> None:
    payments_provider.has_faults({"webhooks": {"hold": True}})
    paid = payments_provider.stripe.v1.payment_intents.create(_AT_ONCE)
    assert [sent["held"] for sent in payments_provider.webhooks() if sent["object"] == paid.id] == [True, True]
    assert receiver.received == []

    released = payments_provider.release_webhooks("reverse")

    assert [sent["attempts"] for sent in released] == [[200], [200]]
    types = [one.event(_SECRET).type for one in receiver.received]
    assert types == ["payment_intent.succeeded", "payment_intent.created"]


def test_an_event_may_come_more_than_once(payments_provider: PaymentsProvider, receiver: WebhookReceiver) -> None:
    payments_provider.has_faults({"webhooks": {"duplicate": 2}})
    payments_provider.stripe.v1.payment_intents.create(_NEW)

    assert len({one.event(_SECRET).id for one in receiver.wait_for(3)}) == 1


def test_a_payment_that_seems_to_be_processing_is_not_told(
    payments_provider: PaymentsProvider, receiver: WebhookReceiver
) -> None:
    intent = payments_provider.stripe.v1.payment_intents.create(_NEW)
    payments_provider.has_faults({"path": f"/v1/payment_intents/{intent.id}/confirm", "force_status": "processing"})

    payments_provider.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    told = [sent["type"] for sent in payments_provider.webhooks() if sent["object"] == intent.id]
    assert told == ["payment_intent.created"]


@pytest.mark.parametrize(
    ("status", "decided", "told"),
    [
        ("needs_response", "won", ["created", "funds_withdrawn", "closed", "funds_reinstated"]),
        ("needs_response", "lost", ["created", "funds_withdrawn", "closed"]),
        ("warning_needs_response", "needs_response", ["created", "updated", "funds_withdrawn"]),
        ("warning_needs_response", "warning_closed", ["created", "closed"]),
    ],
)
def test_a_dispute_sends_the_events_of_stripe(
    payments_provider: PaymentsProvider, receiver: WebhookReceiver, status: str, decided: str, told: list[str]
) -> None:
    paid = payments_provider.stripe.v1.payment_intents.create(_AT_ONCE)
    cards = CardPayments(payments_provider.url)

    dispute = cards.dispute(paid.id, status)
    cards.decide(dispute, decided)

    sent = [each["type"] for each in payments_provider.webhooks() if each["object"] == dispute]
    assert sent == [f"charge.dispute.{what}" for what in told]
    receiver.wait_for(len(told))


def test_any_event_may_be_sent(payments_provider: PaymentsProvider, receiver: WebhookReceiver) -> None:
    payments_provider.has_faults({"webhooks": {"hold": True}})
    sent = payments_provider.send_webhook("charge.dispute.created", {"id": "dp_1", "amount": 5}, id="evt_mine")

    assert (sent["id"], sent["attempts"]) == ("evt_mine", [200])
    assert receiver.received[0].event(_SECRET).data.object.to_dict() == {"id": "dp_1", "amount": 5}


def test_events_are_listed_as_stripe_lists_them(payments_provider: PaymentsProvider) -> None:
    paid = payments_provider.stripe.v1.payment_intents.create(_AT_ONCE)

    found: Any = payments_provider.stripe.v1.events.list({"type": "payment_intent.succeeded", "limit": 1}).data[0]

    assert found.data.object.id == paid.id
    assert payments_provider.stripe.v1.events.retrieve(found.id).to_dict() == found.to_dict()


def test_payments_answers_and_what_is_undelivered_outlive_the_provider(tmp_path: Path) -> None:
    key: Any = {"idempotency_key": "before"}
    with running_provider(tmp_path) as provider:
        provider.sends_webhooks_to("http://127.0.0.1:9/nobody", _SECRET)
        provider.has_faults({"webhooks": {"hold": True}})
        before = provider.stripe.v1.payment_intents.create(_AT_ONCE, key)

    with WebhookReceiver() as receiver, running_provider(tmp_path) as provider:
        assert provider.stripe.v1.payment_intents.create(_AT_ONCE, key).id == before.id
        assert provider.stripe.v1.payment_intents.retrieve(before.id).to_dict() == before.to_dict()
        assert [intent.id for intent in provider.stripe.v1.payment_intents.list().data] == [before.id]
        provider.sends_webhooks_to(receiver.url, _SECRET)

        types = {json.loads(one.payload)["type"] for one in receiver.wait_for(2)}

        assert types == {"payment_intent.created", "payment_intent.succeeded"}


def test_two_data_folders_share_nothing(payments_provider: PaymentsProvider, tmp_path: Path) -> None:
    intent = payments_provider.stripe.v1.payment_intents.create(_NEW)

    with running_provider(tmp_path) as other, pytest.raises(stripe.InvalidRequestError) as refused:
        other.stripe.v1.payment_intents.retrieve(intent.id)

    assert refused.value.code == "resource_missing"
