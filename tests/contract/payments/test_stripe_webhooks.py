"""What Stripe's webhooks are answered, and that nobody else's are believed; Shop.ask checks every answer."""

import itertools
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from requests import Response

from microshop.http.body import MAX_BODY_BYTES
from tests.contract.paying import pay, payments_of, refund, signed, start, tell, use_card
from tests.support.shop import Customer, Shop

WEBHOOK = "/payments/stripe/webhook"


def test_a_payment_that_stripe_tells_of_pays_its_order(shop: Shop, customer: Customer) -> None:
    order_id = _begun(shop, customer)

    answer = tell(shop, "payment_intent.succeeded", use_card(shop, order_id))

    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert _state(shop, customer, order_id) == ("confirmed", "paid")


def test_an_event_that_comes_again_changes_nothing(shop: Shop, customer: Customer) -> None:
    order_id, event_id = _begun(shop, customer), uuid.uuid4().hex
    paid = use_card(shop, order_id)
    tell(shop, "payment_intent.succeeded", paid, event_id=event_id)
    before = shop.contents()

    answers = [tell(shop, "payment_intent.succeeded", paid, event_id=event_id) for _ in range(2)]

    assert {answer.status_code for answer in answers} == {200}
    assert shop.contents() == before


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_events_end_in_the_same_state_in_whatever_order_they_come(
    shop: Shop, customer: Customer, order: tuple[int, ...]
) -> None:
    order_id = _begun(shop, customer)
    declined = use_card(shop, order_id, "pm_card_visa_chargeDeclined")
    paid = use_card(shop, order_id)
    events = [
        ("payment_intent.payment_failed", declined),
        ("payment_intent.processing", {**paid, "status": "processing", "amount_received": 0}),
        ("payment_intent.succeeded", paid),
    ]

    for place in order:
        assert tell(shop, *events[place]).status_code == 200

    assert _state(shop, customer, order_id) == ("confirmed", "paid")


def test_money_on_its_way_is_shown_and_keeps_the_order_from_being_cancelled(shop: Shop, customer: Customer) -> None:
    order_id = _begun(shop, customer)
    on_its_way = {**use_card(shop, order_id), "status": "processing", "amount_received": 0}

    tell(shop, "payment_intent.processing", on_its_way)
    cancelling = shop.ask("POST", f"/orders/{order_id}/cancel", by=customer)

    assert _state(shop, customer, order_id) == ("pending", "processing")
    assert _refusal(cancelling) == (409, "wrong-order-state")
    assert payments_of(shop, customer, order_id)["payments"][0]["status"] == "processing"


def test_another_amount_than_was_asked_for_is_held_for_somebody_to_look_at(shop: Shop, customer: Customer) -> None:
    order_id = _begun(shop, customer)
    paid = use_card(shop, order_id)

    tell(shop, "payment_intent.succeeded", {**paid, "amount_received": paid["amount_received"] - 1})

    [payment] = payments_of(shop, customer, order_id)["payments"]
    assert _state(shop, customer, order_id) == ("pending", "review")
    assert (payment["status"], payment["captured"]) == ("mismatched", "24.88")


def test_a_refund_that_somebody_made_at_stripe_is_entered(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    reference = pay(shop, customer, order_id)
    made = shop.provider.stripe.v1.refunds.create({"payment_intent": reference, "amount": 500}).to_dict()

    tell(shop, "refund.created", made)

    [found] = payments_of(shop, admin, order_id)["refunds"]
    assert (found["cause"], found["status"], found["amount"]) == ("found", "succeeded", "5.00")
    assert _state(shop, customer, order_id) == ("confirmed", "partially_refunded")


def _dispute(shop: Shop, customer: Customer, status: str) -> tuple[int, dict[str, Any]]:
    """An order whose payment is disputed, and the dispute."""
    order_id = shop.order(customer, shop.product())
    dispute = {
        "id": f"dp_{order_id}",
        "payment_intent": pay(shop, customer, order_id),
        "amount": 2489,
        "currency": "usd",
        "created": 1767225600,
        "status": status,
        "reason": "fraudulent",
        "evidence_details": {"due_by": 1768003200},
        "balance_transactions": [{"id": f"txn_{order_id}", "amount": -2489, "fee": 1500, "currency": "usd"}],
    }
    assert tell(shop, "charge.dispute.created", dispute).status_code == 200
    return order_id, dispute


def test_a_dispute_is_in_the_order_and_its_ledger(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id, dispute = _dispute(shop, customer, "needs_response")

    tell(shop, "charge.dispute.closed", {**dispute, "status": "lost"})

    order = shop.ask("GET", f"/orders/{order_id}", by=customer).json()
    closed_at = order["dispute"].pop("closed_at")
    assert closed_at.startswith("20")
    assert order["dispute"] == {
        "status": "lost",
        "reason": "fraudulent",
        "amount": "24.89",
        "currency": "USD",
        "respond_by": "2026-01-10T00:00:00+00:00",
        "opened_at": "2026-01-01T00:00:00+00:00",
    }
    kinds = [entry["kind"] for entry in payments_of(shop, admin, order_id)["ledger"]]
    assert kinds == ["started", "captured", "dispute_withdrawn", "dispute_fee", "disputed", "dispute_closed"]
    assert _state(shop, customer, order_id) == ("confirmed", "paid")


def test_lists_are_filtered_by_dispute(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id, _ = _dispute(shop, customer, "warning_needs_response")

    found = shop.ask("GET", "/orders?dispute=inquiry", by=admin).json()["items"]

    assert [order["id"] for order in found] == [order_id]
    assert shop.ask("GET", "/orders?dispute=open", by=admin).json()["items"] == []


def test_a_disputed_order_is_shipped_only_with_a_confirmation(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id, _ = _dispute(shop, customer, "needs_response")
    shipped = {"status": "shipped", "carrier": "DHL", "tracking_number": "1"}

    refused = shop.ask("PUT", f"/orders/{order_id}/status", by=admin, json=shipped)
    confirmed = shop.ask("PUT", f"/orders/{order_id}/status", by=admin, json={**shipped, "despite_dispute": True})

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:microshop:problem:order-disputed")
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "shipped")


def test_a_disputed_payment_is_not_refunded(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id, _ = _dispute(shop, customer, "needs_response")

    refused = refund(shop, admin, order_id, amount="1.00")

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:microshop:problem:order-disputed")


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("customer.created", {"id": "cus_1"}),
        ("payment_intent.succeeded", "nobody's"),
        ("refund.created", {"id": "re_1", "status": "succeeded", "amount": 1, "currency": "usd", "created": 1}),
    ],
)
def test_what_is_not_about_this_shop_is_taken_and_changes_nothing(shop: Shop, kind: str, about: Any) -> None:
    intents = shop.provider.stripe.v1.payment_intents
    thing = intents.create({"amount": 100, "currency": "usd"}).to_dict() if about == "nobody's" else about
    before = shop.contents()

    answer = tell(shop, kind, thing)

    assert answer.status_code == 200
    assert {**shop.contents(), "provider_events": None} == {**before, "provider_events": None}


@pytest.mark.parametrize("case", ["none", "empty", "nonsense", "of another body", "of another secret", "too old"])
def test_an_event_that_stripe_has_not_signed_just_now_is_refused_and_changes_nothing(
    shop: Shop, customer: Customer, case: str
) -> None:
    order_id = _begun(shop, customer)
    paid = use_card(shop, order_id)
    body, headers = signed(shop, "payment_intent.succeeded", paid, age_seconds=301 if case == "too old" else 0)
    _, others = signed(shop, "payment_intent.succeeded", {**paid, "amount": 1})
    signature = {
        "none": {"Content-Type": "application/json"},
        "empty": {**headers, "Stripe-Signature": ""},
        "nonsense": {**headers, "Stripe-Signature": "t=1,v1=,v0=x,t"},
        "of another body": others,
        "of another secret": {**headers, "Stripe-Signature": headers["Stripe-Signature"][:-1] + "x"},
        "too old": headers,
    }
    before = shop.contents()

    answer = shop.ask("POST", WEBHOOK, body=body, headers=signature[case])

    assert _refusal(answer) == (400, "invalid-webhook")
    assert shop.contents() == before


@pytest.mark.parametrize("about", [{}, {"id": "pi_1"}, {"id": "pi_1", "status": "dancing", "currency": "usd"}])
def test_a_signed_event_that_makes_no_sense_is_acknowledged(shop: Shop, about: dict[str, Any]) -> None:
    before = shop.contents()

    answer = tell(shop, "payment_intent.succeeded", about)

    assert answer.status_code == 200
    assert shop.contents() == before


@pytest.mark.parametrize(
    "impossible",
    [{"amount": -1}, {"amount": 10**16}, {"amount": "2489"}, {"currency": "usdx"}, {"id": "dp" * 150}],
    ids=["negative", "huge", "text", "no currency", "long"],
)
def test_an_impossible_dispute_is_acknowledged_and_changes_nothing(
    shop: Shop, customer: Customer, impossible: dict[str, Any]
) -> None:
    _, dispute = _dispute(shop, customer, "needs_response")
    before = shop.contents()

    answer = tell(shop, "charge.dispute.updated", {**dispute, **impossible})

    assert answer.status_code == 200
    assert shop.contents() == before


def test_a_dispute_of_another_payment_is_acknowledged_and_changes_nothing(shop: Shop, customer: Customer) -> None:
    _, dispute = _dispute(shop, customer, "needs_response")
    other = pay(shop, customer, shop.order(customer, shop.product()))
    before = shop.contents()

    answer = tell(shop, "charge.dispute.updated", {**dispute, "payment_intent": other})

    assert answer.status_code == 200
    assert shop.contents() == before


def test_a_hostile_value_in_any_field_of_an_event_is_no_error(shop: Shop, customer: Customer) -> None:
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
        if tell(shop, kind, changed).status_code != 200
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


@pytest.mark.parametrize("kind", ["text/plain", "", "application/octet-stream"])
def test_what_a_signed_event_is_declared_as_does_not_matter(shop: Shop, kind: str) -> None:
    body, headers = signed(shop, "customer.created", {"id": "cus_1"})

    assert shop.ask("POST", WEBHOOK, body=body, headers={**headers, "Content-Type": kind}).status_code == 200


def test_a_body_of_more_than_256_kib_answers_413_before_its_signature_is_looked_at(shop: Shop) -> None:
    body, headers = signed(shop, "customer.created", {"id": "x" * MAX_BODY_BYTES})

    assert shop.ask("POST", WEBHOOK, body=body, headers=headers).status_code == 413


_HOSTILE: tuple[Any, ...] = (None, -1, 10**30, 1.5, "", "x" * 600, "\ud800", {})


def _begun(shop: Shop, customer: Customer) -> int:
    order_id = shop.order(customer, shop.product())
    assert start(shop, customer, order_id).status_code == 200
    return order_id


def _state(shop: Shop, by: Customer, order_id: int) -> tuple[str, str]:
    order = shop.ask("GET", f"/orders/{order_id}", by=by).json()
    return order["status"], order["payment_status"]


def _refusal(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]
