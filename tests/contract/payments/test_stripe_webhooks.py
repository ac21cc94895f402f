"""Webhooks of Stripe, which a signature proves; Shop.ask checks each answer against the description."""

import itertools
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from microshop.http.body import MAX_BODY_BYTES
from tests.contract.paying import pay, payments_of, send_webhook, signed, start, use_card
from tests.support.answers import refusal
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

_WEBHOOK = "/payments/stripe/webhook"


def test_a_webhook_of_a_payment_pays_its_order(shop: Shop, customer: Customer) -> None:
    order_id = _begun(shop, customer)

    answer = send_webhook(shop, "payment_intent.succeeded", use_card(shop, order_id))

    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert _state(shop, customer, order_id) == ("confirmed", "paid")


def test_a_duplicate_webhook_changes_nothing(shop: Shop, customer: Customer) -> None:
    order_id, event_id = _begun(shop, customer), uuid.uuid4().hex
    paid = use_card(shop, order_id)
    send_webhook(shop, "payment_intent.succeeded", paid, event_id=event_id)
    before = shop.contents()

    answers = [send_webhook(shop, "payment_intent.succeeded", paid, event_id=event_id) for _ in range(2)]

    assert {answer.status_code for answer in answers} == {200}
    assert shop.contents() == before


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_webhooks_in_any_order_end_in_the_same_state(shop: Shop, customer: Customer, order: tuple[int, ...]) -> None:
    order_id = _begun(shop, customer)
    declined = use_card(shop, order_id, "pm_card_visa_chargeDeclined")
    paid = use_card(shop, order_id)
    events = [
        ("payment_intent.payment_failed", declined),
        ("payment_intent.processing", {**paid, "status": "processing", "amount_received": 0}),
        ("payment_intent.succeeded", paid),
    ]

    for place in order:
        assert send_webhook(shop, *events[place]).status_code == 200

    assert _state(shop, customer, order_id) == ("confirmed", "paid")


def test_an_order_with_a_processing_payment_cannot_be_cancelled(shop: Shop, customer: Customer) -> None:
    order_id = _begun(shop, customer)
    on_its_way = {**use_card(shop, order_id), "status": "processing", "amount_received": 0}

    send_webhook(shop, "payment_intent.processing", on_its_way)
    cancelling = shop.ask("POST", f"/orders/{order_id}/cancel", by=customer)

    assert _state(shop, customer, order_id) == ("pending", "processing")
    assert refusal(cancelling) == (409, "wrong-order-state")
    assert payments_of(shop, customer, order_id)["payments"][0]["status"] == "processing"


def test_a_payment_of_another_amount_is_held_for_review(shop: Shop, customer: Customer) -> None:
    order_id = _begun(shop, customer)
    paid = use_card(shop, order_id)

    send_webhook(shop, "payment_intent.succeeded", {**paid, "amount_received": paid["amount_received"] - 1})

    [payment] = payments_of(shop, customer, order_id)["payments"]
    assert _state(shop, customer, order_id) == ("pending", "review")
    assert (payment["status"], payment["captured"]) == ("mismatched", "24.88")


def test_a_refund_made_at_stripe_is_recorded(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    reference = pay(shop, customer, order_id)
    made = shop.provider.stripe.v1.refunds.create({"payment_intent": reference, "amount": 500}).to_dict()

    send_webhook(shop, "refund.created", made)

    [found] = payments_of(shop, admin, order_id)["refunds"]
    assert (found["cause"], found["status"], found["amount"]) == ("found", "succeeded", "5.00")
    assert _state(shop, customer, order_id) == ("confirmed", "partially_refunded")


def test_an_event_about_another_shop_is_acknowledged_and_changes_nothing(shop: Shop) -> None:
    others = shop.provider.stripe.v1.payment_intents.create({"amount": 100, "currency": "usd"}).to_dict()
    refund_of_others = {"id": "re_1", "status": "succeeded", "amount": 1, "currency": "usd", "created": 1}
    before = shop.contents()

    answers = [
        send_webhook(shop, "customer.created", {"id": "cus_1"}),
        send_webhook(shop, "payment_intent.succeeded", others),
        send_webhook(shop, "refund.created", refund_of_others),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert {**shop.contents(), "provider_events": None} == {**before, "provider_events": None}


def test_an_event_without_a_fresh_signature_of_stripe_is_refused(shop: Shop, customer: Customer) -> None:
    paid = use_card(shop, _begun(shop, customer))
    body, headers = signed(shop, "payment_intent.succeeded", paid)
    _, of_another_body = signed(shop, "payment_intent.succeeded", {**paid, "amount": 1})
    old_body, old_headers = signed(shop, "payment_intent.succeeded", paid, age_seconds=301)
    signature = headers["Stripe-Signature"]
    sent = {
        "none": (body, {"Content-Type": "application/json"}),
        "empty": (body, {**headers, "Stripe-Signature": ""}),
        "malformed": (body, {**headers, "Stripe-Signature": "t=1,v1=,v0=x,t"}),
        "of another body": (body, of_another_body),
        "of another secret": (body, {**headers, "Stripe-Signature": f"{signature[:-1]}x"}),
        "too old": (old_body, old_headers),
    }
    before = shop.contents()

    def refused(case: str) -> tuple[int, str]:
        return refusal(shop.ask("POST", _WEBHOOK, body=sent[case][0], headers=sent[case][1]))

    assert wrong_answers(refused, [(case, (400, "invalid-webhook")) for case in sent]) == []
    assert shop.contents() == before


def test_a_signed_event_with_missing_fields_is_acknowledged(shop: Shop) -> None:
    intents: list[dict[str, Any]] = [{}, {"id": "pi_1"}, {"id": "pi_1", "status": "dancing", "currency": "usd"}]
    before = shop.contents()

    answers = [send_webhook(shop, "payment_intent.succeeded", intent) for intent in intents]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert shop.contents() == before


def test_a_hostile_value_in_any_field_of_an_event_is_not_an_error(shop: Shop, customer: Customer) -> None:
    paid = use_card(shop, _begun(shop, customer))
    intent = {
        name: paid[name] for name in ("id", "status", "amount", "amount_received", "currency", "created", "metadata")
    }
    error = {"charge": "ch_1", "code": "card_declined", "decline_code": "stolen", "message": "No."}
    refund = {"id": "re_1", "payment_intent": paid["id"], "status": "succeeded", "amount": 1, "currency": "usd"}
    refund |= {"created": 1767225600, "metadata": {"refund": "1"}, "failure_reason": "lost"}
    dispute = {"id": "dp_1", "payment_intent": paid["id"], "status": "needs_response", "amount": 1, "currency": "usd"}
    dispute |= {"created": 1767225600, "reason": "fraudulent", "evidence_details": {"due_by": 1768003200}}
    dispute |= {"balance_transactions": [{"id": "txn_1", "amount": -1, "fee": 1, "currency": "usd"}]}
    events = {
        "payment_intent.payment_failed": {**intent, "status": "requires_payment_method", "last_payment_error": error},
        "payment_intent.succeeded": intent,
        "refund.created": refund,
        "charge.dispute.created": dispute,
    }
    failed = [
        (kind, changed)
        for kind, thing in events.items()
        for changed in _with_hostile_values(thing)
        if send_webhook(shop, kind, changed).status_code != 200
    ]

    assert failed == []


def _with_hostile_values(thing: Any) -> Iterator[Any]:
    """Returns the object with one of its values, however deep, replaced by each hostile one."""
    yield from _HOSTILE
    if isinstance(thing, dict):
        for name, value in thing.items():
            yield from ({**thing, name: other} for other in _with_hostile_values(value))
    if isinstance(thing, list):
        yield from ([other] for other in _with_hostile_values(thing[0]))


def test_a_signed_event_may_have_any_media_type(shop: Shop) -> None:
    body, headers = signed(shop, "customer.created", {"id": "cus_1"})
    kinds = ["text/plain", "", "application/octet-stream"]

    def status(kind: str) -> int:
        return shop.ask("POST", _WEBHOOK, body=body, headers={**headers, "Content-Type": kind}).status_code

    assert wrong_answers(status, [(kind, 200) for kind in kinds]) == []


def test_a_body_of_more_than_256_kib_answers_413_despite_its_signature(shop: Shop) -> None:
    body, headers = signed(shop, "customer.created", {"id": "x" * MAX_BODY_BYTES})

    assert shop.ask("POST", _WEBHOOK, body=body, headers=headers).status_code == 413


_HOSTILE: tuple[Any, ...] = (None, -1, 10**30, 1.5, "", "x" * 600, "\ud800", {})


def _begun(shop: Shop, customer: Customer) -> int:
    order_id = shop.order(customer, shop.product())
    assert start(shop, customer, order_id).status_code == 200
    return order_id


def _state(shop: Shop, by: Customer, order_id: int) -> tuple[str, str]:
    order = shop.ask("GET", f"/orders/{order_id}", by=by).json()
    return order["status"], order["payment_status"]
