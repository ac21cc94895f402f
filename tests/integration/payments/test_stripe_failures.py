"""The Stripe adapter when Stripe does not answer, refuses the request or is busy."""

from collections.abc import Callable
from typing import Any

import pytest

from microshop.errors import PaymentOutcomeUnknown, Unavailable
from microshop.payments.providers import stripe as adapter
from microshop.payments.providers.port import (
    PaymentProvider,
)
from tests.support.card_payments import CardPayments
from tests.support.provider_contract import (
    a_payment_request,
    a_refund_request,
)


@pytest.mark.parametrize("rule", [{"drop": True}, {"status": 500}, {"status_after": 502}])
def test_a_missing_answer_makes_the_outcome_unknown_without_a_retry(
    stripe_provider: adapter.StripeProvider, cards: CardPayments, rule: dict[str, Any]
) -> None:
    with (
        cards.fault(method="POST", path="/v1/payment_intents", count=1, **rule),  # a retry would get an answer
        pytest.raises(PaymentOutcomeUnknown),
    ):
        stripe_provider.start(a_payment_request())


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_refused_key_or_rate_means_that_nothing_happened(
    stripe_provider: adapter.StripeProvider, cards: CardPayments, status: int
) -> None:
    with (
        cards.fault(method="POST", path="/v1/payment_intents", status=status),
        pytest.raises(Unavailable) as refused,
    ):
        stripe_provider.start(a_payment_request())

    assert not isinstance(refused.value, PaymentOutcomeUnknown)


def _start(provider: PaymentProvider) -> object:
    return provider.start(a_payment_request())


def _cancel(provider: PaymentProvider) -> object:
    return provider.cancel("pi_1")


def _make_refund(provider: PaymentProvider) -> object:
    intent = provider.start(a_payment_request())
    return provider.refund(a_refund_request(intent, 500))


@pytest.mark.parametrize(
    ("act", "path"),
    [(_start, "/v1/payment_intents"), (_cancel, "/v1/payment_intents/pi_1/cancel"), (_make_refund, "/v1/refunds")],
)
@pytest.mark.parametrize(
    ("status", "code"), [(409, "idempotency_key_in_use"), (409, "lock_timeout"), (409, None), (429, "lock_timeout")]
)
def test_a_provider_that_stays_busy_is_unavailable(
    stripe_provider: adapter.StripeProvider,
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
        act(stripe_provider)

    assert not isinstance(busy.value, PaymentOutcomeUnknown)


def test_a_request_to_a_busy_provider_is_retried(stripe_provider: adapter.StripeProvider, cards: CardPayments) -> None:
    with cards.fault(method="POST", path="/v1/payment_intents", status=429, code="lock_timeout", count=2):
        assert stripe_provider.start(a_payment_request()).status == "open"


def test_a_request_that_times_out_has_an_unknown_outcome(
    stripe_provider: adapter.StripeProvider, cards: CardPayments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "_TIMEOUTS", (1.0, 0.2))
    adapter._client.cache_clear()
    request = a_payment_request()

    with cards.fault(method="POST", path="/v1/payment_intents", hang=True), pytest.raises(PaymentOutcomeUnknown):
        stripe_provider.start(request)

    adapter._client.cache_clear()
