"""A shop whose currency cannot be used for payments or products is neither deployed nor started."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from microshop.payments.shop_currency import CurrencyRefused, check_products, check_settings
from microshop.platform import custom_resource
from microshop.platform.mysql import Database
from microshop.products.queries import ProductQueries
from tests.support.builders import an_execution
from tests.support.catalogue import put_on_sale
from tests.support.functions import load_function
from tests.support.servers import FreshDatabase, ServerUrls


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("CURRENCY", "USD")
    monkeypatch.setenv("SHIPPING_FEE_MINOR", "490")
    monkeypatch.setenv("CARD_PROVIDER", "stripe")
    return monkeypatch


@pytest.mark.parametrize(
    ("currency", "fee", "reason"),
    [
        ("UUU", "0", "Currency=UUU is not an ISO 4217 currency"),
        ("BGN", "0", "Currency=BGN is not an ISO 4217 currency"),
        ("XAU", "0", "Currency=XAU is not an ISO 4217 currency"),
        ("IQD", "0", "stripe cannot charge cards in Currency=IQD"),
        ("KWD", "1234", "ShippingFeeMinor=1234 must be a multiple of 0.010 KWD"),
        ("MGA", "50", "ShippingFeeMinor=50 must be a multiple of 1.00 MGA"),
    ],
)
def test_a_currency_that_cannot_be_paid_is_refused(
    shop: pytest.MonkeyPatch, currency: str, fee: str, reason: str
) -> None:
    shop.setenv("CURRENCY", currency)
    shop.setenv("SHIPPING_FEE_MINOR", fee)

    with pytest.raises(CurrencyRefused, match=reason):
        check_settings()


@pytest.mark.parametrize(
    ("currency", "provider", "fee"),
    [
        ("USD", "stripe", "490"),
        ("KWD", "stripe", "1230"),
        ("KWD", "", "1234"),
        ("IQD", "", "1"),
        ("MGA", "stripe", "0"),
    ],
)
def test_a_currency_that_can_be_paid_is_accepted(
    shop: pytest.MonkeyPatch, currency: str, provider: str, fee: str
) -> None:
    for name, value in (("CURRENCY", currency), ("CARD_PROVIDER", provider), ("SHIPPING_FEE_MINOR", fee)):
        shop.setenv(name, value)

    check_settings()


def test_a_currency_is_refused_while_products_have_another(shop: pytest.MonkeyPatch, database: Database) -> None:
    for currency in ("EUR", "EUR", "GBP", "USD"):
        put_on_sale(database, currency=currency)
    put_on_sale(database, currency="CHF", archived=True)

    with pytest.raises(CurrencyRefused, match=r"\(2 in EUR, 1 in GBP\).* archive these products and create them again"):
        check_products(ProductQueries(database))


def test_a_currency_is_accepted_once_products_in_another_are_archived(
    shop: pytest.MonkeyPatch, database: Database
) -> None:
    put_on_sale(database, currency="EUR", archived=True)
    put_on_sale(database)

    check_products(ProductQueries(database))


def test_a_currency_is_refused_while_a_price_cannot_be_charged(shop: pytest.MonkeyPatch, database: Database) -> None:
    shop.setenv("CURRENCY", "KWD")
    for price_minor in (1230, *range(1239, 1231, -1)):
        put_on_sale(database, currency="KWD", price_minor=price_minor)
    put_on_sale(database, currency="KWD", price_minor=1, archived=True)

    with pytest.raises(CurrencyRefused, match=r"such as 1\.232, .* 1\.236: .* multiple of 0\.010 KWD"):
        check_products(ProductQueries(database))


def test_a_currency_is_accepted_while_all_prices_can_be_charged(shop: pytest.MonkeyPatch, database: Database) -> None:
    shop.setenv("CURRENCY", "KWD")
    put_on_sale(database, currency="KWD", price_minor=1230)

    check_products(ProductQueries(database))


@pytest.fixture
def empty(server_urls: ServerUrls) -> Iterator[str]:
    with FreshDatabase(server_urls, purpose="currency") as fresh:
        yield fresh.migrations


def test_a_deployment_fails_with_the_reason_of_a_refused_currency(shop: pytest.MonkeyPatch, empty: str) -> None:
    answers: list[dict[str, Any]] = []

    def put(_url: str, body: bytes) -> int:
        answers.append(json.loads(body))
        return 200

    shop.setattr(custom_resource, "_put", put)
    shop.setenv("MIGRATION_DATABASE_URL", empty)
    shop.setenv("CURRENCY", "UUU")
    event = {"RequestType": "Update", "ResponseURL": "https://answers.invalid/x", "StackId": "s", "RequestId": "r"}

    load_function("deployment/migrate").handler(event | {"LogicalResourceId": "Migration"}, an_execution())

    assert [answer["Status"] for answer in answers] == ["FAILED"]
    assert answers[0]["Reason"].startswith("Currency=UUU is not an ISO 4217 currency: choose one such as USD.")


def test_a_local_start_fails_with_a_refused_currency(shop: pytest.MonkeyPatch, empty: str) -> None:
    shop.setenv("MIGRATION_DATABASE_URL", empty)
    shop.setenv("CURRENCY", "UUU")

    with pytest.raises(CurrencyRefused):
        load_function("deployment/migrate").handler({}, an_execution())
