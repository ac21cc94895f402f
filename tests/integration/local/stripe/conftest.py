"""Stripe's client of the local Stripe stand-in."""

import pytest
from stripe import StripeClient

from tests.support.payments_provider import PaymentsProvider


@pytest.fixture
def client(payments_provider: PaymentsProvider) -> StripeClient:
    return payments_provider.stripe
