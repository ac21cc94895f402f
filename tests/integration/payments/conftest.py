"""The payment providers under test: the Stripe adapter on the local stack's Stripe, and the fake."""

from collections.abc import Iterator

import pytest
import requests

from microshop.payments.providers import stripe as adapter
from microshop.payments.providers.port import (
    Intent,
)
from tests.support.card_payments import DECLINED, GOOD, CardPayments
from tests.support.fake_provider import FakeProvider
from tests.support.payments_provider import PaymentsProvider
from tests.support.provider_contract import STRIPE_KEYS, STRIPE_STATUSES, Subject


@pytest.fixture
def cards(payments_provider: PaymentsProvider) -> CardPayments:
    return CardPayments(payments_provider.url)


@pytest.fixture
def stripe_provider(monkeypatch: pytest.MonkeyPatch, cards: CardPayments) -> adapter.StripeProvider:
    monkeypatch.setattr(adapter, "secret", lambda _arn: STRIPE_KEYS)
    return adapter.StripeProvider("arn", cards.url, "this-shop")


@pytest.fixture(params=["stripe", "fake"])
def subject(request: pytest.FixtureRequest, stripe_provider: adapter.StripeProvider, cards: CardPayments) -> Subject:
    if request.param == "fake":
        fake = FakeProvider()
        return Subject(
            fake,
            lambda intent: fake.pay(intent.reference),
            lambda intent: fake.decline(intent.reference),
            lambda reference, status, minor: fake.dispute(reference, status, minor).reference,
            fake.update_dispute,
        )

    def confirm(intent: Intent, card: str) -> requests.Response:
        return cards.confirm({"client_secret": intent.client_secret, "publishable_key": "pk_test_local"}, card)

    return Subject(
        stripe_provider,
        lambda intent: confirm(intent, GOOD),
        lambda intent: confirm(intent, DECLINED),
        lambda reference, status, minor: cards.dispute(reference, STRIPE_STATUSES[status], minor),
        lambda dispute, status: cards.decide(dispute, STRIPE_STATUSES[status]),
    )


@pytest.fixture
def slow(cards: CardPayments) -> Iterator[None]:
    """Delays writes, so that two requests overlap."""
    with cards.fault(method="POST", delay_seconds=0.15):
        yield
