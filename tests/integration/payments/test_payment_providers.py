"""What every payment provider does: the same cases against Stripe's client with the local provider, and the fake.

The fake stands for a provider in the tests of the payments domain; here it is held against the real adapter.
"""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import stripe

from microshop.errors import InvalidWebhook, PaymentOutcomeUnknown, PaymentRefused, Unavailable
from microshop.orders.dispute_status import DisputeStatus
from microshop.payments.providers import stripe as adapter
from microshop.payments.providers.port import (
    FundsMovement,
    Intent,
    PaymentProvider,
    PaymentRequest,
    ProviderDispute,
    ProviderRefund,
    RefundRequest,
    UnusableEvent,
)
from microshop.payments.providers.stripe_objects import intent_of
from tests.support.card_payments import DECLINED, GOOD, CardPayments
from tests.support.fake_provider import FakeProvider
from tests.support.payments_provider import PaymentsProvider
from tests.support.threads import at_once

_KEYS = {"secret_key": "sk_test_local", "publishable_key": "pk_test_local", "webhook_secret": "whsec_of_a_test"}
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
_OF_STRIPE: dict[DisputeStatus, str] = {
    "inquiry": "warning_needs_response",
    "open": "needs_response",
    "won": "won",
    "lost": "lost",
    "closed": "warning_closed",
}
_NUMBERS = itertools.count(int(time.time() * 1000) << 12)


@dataclass(frozen=True)
class Side:
    """A provider, and how its customers pay or fail to."""

    provider: PaymentProvider
    pay: Callable[[Intent], object]
    decline: Callable[[Intent], object]
    dispute: Callable[[str, DisputeStatus, int | None], str]
    decide: Callable[[str, DisputeStatus], object]


@pytest.fixture
def cards(payments_provider: PaymentsProvider) -> CardPayments:
    return CardPayments(payments_provider.url)


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch, cards: CardPayments) -> adapter.StripeProvider:
    monkeypatch.setattr(adapter, "secret", lambda _arn: _KEYS)
    return adapter.StripeProvider("arn", cards.url, "this-shop")


@pytest.fixture(params=["stripe", "fake"])
def side(request: pytest.FixtureRequest, real: adapter.StripeProvider, cards: CardPayments) -> Side:
    if request.param == "fake":
        fake = FakeProvider()
        return Side(
            fake,
            lambda intent: fake.pay(intent.reference),
            lambda intent: fake.decline(intent.reference),
            lambda reference, status, minor: fake.dispute(reference, status, minor).reference,
            fake.dispute_becomes,
        )

    def confirm(intent: Intent, card: str) -> requests.Response:
        return cards.confirm({"client_secret": intent.client_secret, "publishable_key": "pk_test_local"}, card)

    return Side(
        real,
        lambda intent: confirm(intent, GOOD),
        lambda intent: confirm(intent, DECLINED),
        lambda reference, status, minor: cards.dispute(reference, _OF_STRIPE[status], minor),
        lambda dispute, status: cards.decide(dispute, _OF_STRIPE[status]),
    )


@pytest.fixture
def slow(cards: CardPayments) -> Iterator[None]:
    """Writes take so long that a second request meets the first one."""
    with cards.fault(method="POST", delay_seconds=0.15):
        yield


def test_an_attempt_is_open_and_knows_what_it_is_for(side: Side) -> None:
    request = _request()

    intent = side.provider.start(request)

    assert (intent.status, intent.amount_minor, intent.captured_minor, intent.currency) == ("open", 1999, 0, "USD")
    assert (intent.order_id, intent.attempt, intent.decline) == (request.order_id, 1, None)
    assert intent.client_secret
    assert abs(intent.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert side.provider.find(intent.reference) == intent


def test_the_same_key_is_the_same_attempt(side: Side) -> None:
    request = _request()

    assert side.provider.start(request) == side.provider.start(request)


def test_what_was_paid_is_captured(side: Side) -> None:
    intent = side.provider.start(_request())

    side.pay(intent)

    found = side.provider.find(intent.reference)
    assert (found.status, found.captured_minor) == ("captured", 1999)


def test_a_decline_leaves_the_attempt_open_for_another_card(side: Side) -> None:
    intent = side.provider.start(_request())

    side.decline(intent)

    found = side.provider.find(intent.reference)
    assert found.status == "open"
    assert found.decline is not None
    assert found.decline.reference.startswith("ch_")
    side.pay(intent)
    assert side.provider.find(intent.reference).status == "captured"


def test_an_intent_of_the_shop_is_not_foreign(side: Side) -> None:
    intent = side.provider.start(_request())
    side.pay(intent)

    refund = side.provider.refund(_refund(intent, 100))

    assert (intent.foreign, side.provider.find(intent.reference).foreign, refund.foreign) == (False, False, False)


def test_an_intent_of_another_shop_is_foreign(real: adapter.StripeProvider, cards: CardPayments) -> None:
    other = adapter.StripeProvider("arn", cards.url, "another-shop")

    intent = other.start(_request())

    assert real.find(intent.reference).foreign
    now = datetime.now(UTC)
    listed = real.intents(now - timedelta(minutes=5), now + timedelta(minutes=1))
    assert [each.foreign for each in listed if each.reference == intent.reference] == [True]


def _dispute_of(side: Side, reference: str) -> ProviderDispute:
    now = datetime.now(UTC)
    listed = side.provider.disputes(now - timedelta(hours=1), now + timedelta(minutes=1))
    return next(dispute for dispute in listed if dispute.reference == reference)


@pytest.mark.parametrize(
    ("status", "moved"),
    [("inquiry", []), ("open", [(-1999, 1500)]), ("lost", [(-1999, 1500)]), ("won", [(-1999, 1500), (1999, 0)])],
)
def test_disputes_are_listed_with_their_funds(side: Side, status: DisputeStatus, moved: list[tuple[int, int]]) -> None:
    intent = side.provider.start(_request())
    side.pay(intent)
    reference = side.dispute(intent.reference, "inquiry" if status == "inquiry" else "open", None)
    if status in ("won", "lost"):
        side.decide(reference, status)

    dispute = _dispute_of(side, reference)

    assert (dispute.intent_reference, dispute.status, dispute.amount_minor) == (intent.reference, status, 1999)
    assert [(move.amount_minor, move.fee_minor) for move in dispute.movements] == moved
    assert dispute.respond_by is not None


def test_a_disputed_charge_is_not_refunded_until_the_dispute_is_won(side: Side) -> None:
    intent = side.provider.start(_request())
    side.pay(intent)
    reference = side.dispute(intent.reference, "open", None)

    with pytest.raises(PaymentRefused) as refused:
        side.provider.refund(_refund(intent, 500))
    side.decide(reference, "won")

    assert refused.value.code == "charge_disputed"
    assert side.provider.refund(_refund(intent, 500, number=2)).status == "succeeded"


def test_the_undisputed_part_of_a_payment_is_refunded(side: Side) -> None:
    intent = side.provider.start(_request())
    side.pay(intent)
    side.dispute(intent.reference, "open", 1500)

    with pytest.raises(PaymentRefused) as refused:
        side.provider.refund(_refund(intent, 500))

    assert refused.value.code == "charge_disputed"
    assert side.provider.refund(_refund(intent, 499, number=2)).status == "succeeded"


@pytest.mark.parametrize(
    ("metadata", "foreign"),
    [
        ({"order_id": "17", "attempt": "1"}, False),  # made by a release that did not name the shop
        ({"order_id": "17", "attempt": "1", "shop": "another-shop"}, True),
        ({}, True),  # an invoice
    ],
)
def test_an_intent_is_foreign_if_its_metadata_is(metadata: dict[str, str], *, foreign: bool) -> None:
    thing = {"id": "pi_1", "status": "processing", "amount": 5, "currency": "usd", "created": 0, "metadata": metadata}

    assert intent_of(thing, "this-shop").foreign == foreign


def test_an_open_attempt_can_be_called_off_again_and_again(side: Side) -> None:
    intent = side.provider.start(_request())

    assert [side.provider.cancel(intent.reference).status for _ in range(2)] == ["cancelled", "cancelled"]


def test_what_was_paid_cannot_be_called_off(side: Side) -> None:
    intent = side.provider.start(_request())
    side.pay(intent)

    assert side.provider.cancel(intent.reference).status == "captured"


def test_what_is_not_there_is_refused(side: Side) -> None:
    for ask in (side.provider.find, side.provider.cancel):
        with pytest.raises(PaymentRefused) as refused:
            ask("pi_none")
        assert refused.value.code == "resource_missing"


def test_a_refund_is_made_once_for_its_key(side: Side) -> None:
    intent = side.provider.start(_request())
    side.pay(intent)

    made = side.provider.refund(_refund(intent, 500))

    assert (made.status, made.amount_minor, made.currency, made.number) == ("succeeded", 500, "USD", 1)
    assert made.intent_reference == intent.reference
    assert side.provider.refund(_refund(intent, 500)) == made
    assert side.provider.refunds_of(intent.reference) == [made]


def test_no_more_is_given_back_than_was_paid(side: Side) -> None:
    intent = side.provider.start(_request())
    side.pay(intent)
    side.provider.refund(_refund(intent, 1500))

    with pytest.raises(PaymentRefused):
        side.provider.refund(_refund(intent, 500, number=2))

    assert [each.amount_minor for each in side.provider.refunds_of(intent.reference)] == [1500]


def test_what_was_never_paid_is_not_given_back(side: Side) -> None:
    intent = side.provider.start(_request())

    with pytest.raises(PaymentRefused):
        side.provider.refund(_refund(intent, 500))


def test_attempts_and_refunds_are_listed_by_time(side: Side) -> None:
    intents = [side.provider.start(_request()) for _ in range(3)]
    side.pay(intents[0])
    refund = side.provider.refund(_refund(intents[0], 100))
    now = datetime.now(UTC)

    listed = {each.reference for each in side.provider.intents(now - timedelta(hours=1), now + timedelta(minutes=1))}
    refunds = {each.reference for each in side.provider.refunds(now - timedelta(hours=1), now + timedelta(minutes=1))}

    assert {each.reference for each in intents} <= listed
    assert refund.reference in refunds
    assert not list(side.provider.intents(now - timedelta(hours=3), now - timedelta(hours=2)))


@pytest.mark.parametrize("rule", [{"drop": True}, {"status": 500}, {"status_after": 502}])
def test_no_answer_leaves_in_doubt_whether_anything_happened(
    real: adapter.StripeProvider, cards: CardPayments, rule: dict[str, Any]
) -> None:
    with (
        cards.fault(method="POST", path="/v1/payment_intents", **rule),
        pytest.raises(PaymentOutcomeUnknown),
    ):
        real.start(_request())


@pytest.mark.parametrize("status", [401, 403, 429])
def test_stripe_has_done_nothing_when_it_refuses_the_key_or_the_rate(
    real: adapter.StripeProvider, cards: CardPayments, status: int
) -> None:
    with (
        cards.fault(method="POST", path="/v1/payment_intents", status=status),
        pytest.raises(Unavailable) as refused,
    ):
        real.start(_request())

    assert not isinstance(refused.value, PaymentOutcomeUnknown)


def test_a_key_reused_with_other_parameters_leaves_the_outcome_unknown(side: Side) -> None:
    request = _request()
    side.provider.start(request)

    with pytest.raises(PaymentOutcomeUnknown):
        side.provider.start(replace(request, amount_minor=request.amount_minor + 1))


def test_two_requests_with_one_key_at_once_begin_one_attempt(side: Side, slow: None) -> None:
    request = _request()

    intents = at_once(2, lambda _: side.provider.start(request))

    assert intents[0] == intents[1]
    assert isinstance(intents[0], Intent)


def test_two_requests_with_one_key_at_once_make_one_refund(side: Side, slow: None) -> None:
    intent = side.provider.start(_request())
    side.pay(intent)

    made = at_once(2, lambda _: side.provider.refund(_refund(intent, 500)))

    assert made[0] == made[1]
    assert side.provider.refunds_of(intent.reference) == [made[0]]


def _begin(provider: PaymentProvider) -> object:
    return provider.start(_request())


def _cancel(provider: PaymentProvider) -> object:
    return provider.cancel("pi_1")


def _give_back(provider: PaymentProvider) -> object:
    intent = provider.start(_request())
    return provider.refund(_refund(intent, 500))


@pytest.mark.parametrize(
    ("act", "path"),
    [(_begin, "/v1/payment_intents"), (_cancel, "/v1/payment_intents/pi_1/cancel"), (_give_back, "/v1/refunds")],
)
@pytest.mark.parametrize(
    ("status", "code"), [(409, "idempotency_key_in_use"), (409, "lock_timeout"), (409, None), (429, "lock_timeout")]
)
def test_a_provider_that_stays_busy_has_changed_nothing(
    real: adapter.StripeProvider,
    cards: CardPayments,
    monkeypatch: pytest.MonkeyPatch,
    *,
    act: Callable[[PaymentProvider], object],
    path: str,
    status: int,
    code: str | None,
) -> None:
    monkeypatch.setattr(adapter, "_RETRY_WHILE_BUSY_SECONDS", 0)

    with cards.fault(method="POST", path=path, status=status, code=code), pytest.raises(Unavailable) as busy:
        act(real)

    assert not isinstance(busy.value, PaymentOutcomeUnknown)


def test_a_provider_that_is_busy_for_a_moment_is_asked_again(real: adapter.StripeProvider, cards: CardPayments) -> None:
    with cards.fault(method="POST", path="/v1/payment_intents", status=429, code="lock_timeout", count=2):
        assert real.start(_request()).status == "open"


def test_an_answer_that_takes_too_long_is_not_waited_for(
    real: adapter.StripeProvider, cards: CardPayments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "_TIMEOUTS", (1.0, 0.2))
    adapter._client.cache_clear()
    request = _request()

    with cards.fault(method="POST", path="/v1/payment_intents", hang=True), pytest.raises(PaymentOutcomeUnknown):
        real.start(request)

    adapter._client.cache_clear()


def test_a_webhook_is_read_if_stripe_has_signed_it_just_now(real: adapter.StripeProvider, cards: CardPayments) -> None:
    thing = _raw_intent(cards, real.start(_request()))
    body = _event("payment_intent.succeeded", {**thing, "status": "succeeded", "amount_received": 1999})

    event = real.read_event(body, {"stripe-signature": _signature(body)})

    assert (event.id, event.type) == ("evt_1", "payment_intent.succeeded")
    assert isinstance(event.update, Intent)
    assert (event.update.reference, event.update.status, event.update.captured_minor) == (thing["id"], "captured", 1999)


@pytest.mark.parametrize(
    ("secret", "age_seconds", "change"),
    [("whsec_of_another", 0, b""), ("whsec_of_a_test", 301, b""), ("whsec_of_a_test", 0, b" ")],
)
def test_a_webhook_of_another_an_old_one_and_a_changed_one_are_refused(
    real: adapter.StripeProvider, secret: str, age_seconds: int, change: bytes
) -> None:
    body = _event("payment_intent.succeeded", {})
    header = _signature(body, secret=secret, age_seconds=age_seconds)

    with pytest.raises(InvalidWebhook):
        real.read_event(body + change, {"stripe-signature": header})


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": "evt_1", "type": 5}', b"\xff"])
def test_what_is_signed_but_no_event_is_refused(real: adapter.StripeProvider, body: bytes) -> None:
    with pytest.raises(InvalidWebhook):
        real.read_event(body, {"stripe-signature": _signature(body)})


@pytest.mark.parametrize("data", ["{}", '{"object": {"id": "pi_1"}}', "[]"])
def test_an_event_whose_content_makes_no_sense_is_named(real: adapter.StripeProvider, data: str) -> None:
    body = f'{{"id": "evt_1", "type": "payment_intent.succeeded", "created": 1, "data": {data}}}'.encode()

    with pytest.raises(UnusableEvent) as unusable:
        real.read_event(body, {"stripe-signature": _signature(body)})

    assert (unusable.value.event_id, unusable.value.event_type) == ("evt_1", "payment_intent.succeeded")


def test_without_a_signature_nothing_is_read(real: adapter.StripeProvider) -> None:
    with pytest.raises(InvalidWebhook):
        real.read_event(_event("payment_intent.succeeded", {}), {})


@pytest.mark.parametrize(
    ("kind", "thing", "about"),
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
def test_events_are_told_in_the_ports_words(
    real: adapter.StripeProvider, kind: str, thing: dict[str, Any], about: object
) -> None:
    body = _event(kind, thing)

    assert real.read_event(body, {"stripe-signature": _signature(body)}).update == about


@pytest.mark.parametrize(
    ("currency", "amount_minor", "counted"),
    [("ISK", 500, 50000), ("UGX", 5000, 500000), ("MGA", 199900, 1999), ("KWD", 1230, 1230), ("JPY", 500, 500)],
)
def test_an_amount_is_the_same_however_stripe_counts_the_currency(
    real: adapter.StripeProvider, cards: CardPayments, currency: str, amount_minor: int, counted: int
) -> None:
    intent = real.start(_request(amount_minor=amount_minor, currency=currency))

    assert (intent.amount_minor, _raw_intent(cards, intent)["amount"]) == (amount_minor, counted)


# https://docs.stripe.com/currencies: minimum and maximum charge amounts, three-decimal currencies, special cases
@pytest.mark.parametrize(
    ("currency", "amount_minor", "code"),
    [
        ("USD", 49, "amount_too_small"),
        ("GBP", 29, "amount_too_small"),
        ("HUF", 17_499, "amount_too_small"),
        ("JPY", 49, "amount_too_small"),
        ("USD", 100_000_000, "amount_too_large"),
        ("INR", 1_000_000_000, "amount_too_large"),
        ("KWD", 1234, "parameter_invalid_integer"),
        ("MGA", 1999, "parameter_invalid_integer"),
    ],
)
def test_a_charge_is_refused_when_the_provider_cannot_make_it(
    side: Side, currency: str, amount_minor: int, code: str
) -> None:
    with pytest.raises(PaymentRefused) as refused:
        side.provider.start(_request(amount_minor=amount_minor, currency=currency))

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("currency", "amount_minor"),
    [("USD", 50), ("GBP", 30), ("HUF", 17_500), ("USD", 99_999_999), ("INR", 999_999_999), ("KWD", 10), ("MGA", 100)],
)
def test_a_charge_is_made_at_the_limit(side: Side, currency: str, amount_minor: int) -> None:
    assert side.provider.start(_request(amount_minor=amount_minor, currency=currency)).amount_minor == amount_minor


def test_a_refund_is_refused_when_it_is_finer_than_the_provider_counts(side: Side) -> None:
    intent = side.provider.start(_request(amount_minor=1230, currency="KWD"))
    side.pay(intent)

    with pytest.raises(PaymentRefused) as refused:
        side.provider.refund(replace(_refund(intent, 1225), currency="KWD"))

    assert refused.value.code == "parameter_invalid_integer"


@pytest.mark.parametrize(
    ("amount", "currency", "code", "param"),
    [
        (49, "usd", "amount_too_small", "amount"),
        (100_000_000, "usd", "amount_too_large", "amount"),
        (550, "isk", "parameter_invalid_integer", "amount"),
        (12345, "kwd", "parameter_invalid_integer", "amount"),
        (5000, "irr", None, "currency"),
        (5000, "zzz", None, "currency"),
    ],
)
def test_the_local_provider_refuses_a_charge_as_stripe_does(
    cards: CardPayments, amount: int, currency: str, code: str | None, param: str
) -> None:
    client = stripe.StripeClient(_KEYS["secret_key"], base_addresses={"api": cards.url})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create({"amount": amount, "currency": currency})

    assert (refused.value.http_status, refused.value.code, refused.value.param) == (400, code, param)


def _request(amount_minor: int = 1999, currency: str = "USD") -> PaymentRequest:
    order_id = next(_NUMBERS)
    return PaymentRequest(order_id, "MS-0000-0000", 1, amount_minor, currency, f"order-{order_id}-attempt-1")


def _refund(intent: Intent, amount_minor: int, number: int = 1) -> RefundRequest:
    order_id = intent.order_id or 0
    key = f"order-{order_id}-refund-{number}"
    return RefundRequest(order_id, number, intent.reference, amount_minor, "USD", key)


def _raw_intent(cards: CardPayments, intent: Intent) -> dict[str, Any]:
    return cards.intents_of(intent.order_id or 0)[0]


def _event(kind: str, thing: dict[str, Any]) -> bytes:
    return json.dumps(
        {"id": "evt_1", "object": "event", "type": kind, "created": 9, "data": {"object": thing}}
    ).encode()


def _signature(body: bytes, *, secret: str = _KEYS["webhook_secret"], age_seconds: int = 0) -> str:
    at = int(time.time()) - age_seconds
    payload = f"{at}.".encode() + body
    made = stripe.WebhookSignature._compute_signature(payload.decode(errors="replace"), secret)
    return f"t={at},v1={made}"
