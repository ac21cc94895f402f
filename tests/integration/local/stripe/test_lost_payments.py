"""The warning of `make run` about payments that its provider does not know or cannot be asked about."""

import http
from collections.abc import Iterator

import pytest

from microshop.platform.mysql import Database
from tests.support.paid_shop import PaidShop
from tests.support.payments_provider import PaymentsProvider
from tools.local.stripe.keys import PaymentKeys
from tools.local.stripe.unknown_payments import unknown_payments_warning

_KEY = PaymentKeys.secret_key


@pytest.fixture
def shop(database: Database) -> Iterator[PaidShop]:
    """A shop whose payments are at another provider. It is emptied after the test."""
    shop = PaidShop(database)
    yield shop
    shop.empty()


def test_payments_of_another_provider_are_counted(
    shop: PaidShop, database_url: str, payments_provider: PaymentsProvider
) -> None:
    for _ in range(2):
        shop.provider.pay(shop.start(shop.place()))

    warning = unknown_payments_warning(database_url, payments_provider.url, _KEY)

    assert str(warning).startswith(f"{payments_provider.url} does not know the payments of the database (2), ")


def test_a_provider_that_does_not_answer_is_named_in_the_warning(shop: PaidShop, database_url: str) -> None:
    shop.provider.pay(shop.start(shop.place()))

    warning = unknown_payments_warning(database_url, "http://127.0.0.1:9", _KEY)

    assert str(warning).startswith("http://127.0.0.1:9 does not respond (ConnectionError)")


def test_payments_that_the_provider_knows_cause_no_warning(
    shop: PaidShop, database_url: str, payments_provider: PaymentsProvider
) -> None:
    without_payments = unknown_payments_warning(database_url, "http://127.0.0.1:9", _KEY)
    shop.provider.pay(shop.start(shop.place()))
    payments_provider.inject_faults({"method": "GET", "path": "/v1/payment_intents/", "status": http.HTTPStatus.OK})

    assert without_payments is None
    assert unknown_payments_warning(database_url, payments_provider.url, _KEY) is None
