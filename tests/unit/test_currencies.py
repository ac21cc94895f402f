"""The shop's table of currencies is ISO 4217's, and the provider's table is Stripe's."""

import iso4217
import pytest

from microshop.currencies import MINOR_DIGITS
from microshop.payments.providers import charge_limits, stripe_currencies, takes_currency

# No money that a customer can pay with, although the list does not mark them as funds.
_UNITS_OF_ACCOUNT = {"UYW", "XAD"}


def _listed() -> dict[str, int]:
    """The currencies of ISO 4217 that have a minor unit and are no funds, each with its digits."""
    listed = {}
    for entry in iso4217.raw_xml.findall("CcyTbl/CcyNtry"):
        code, digits, name = entry.findtext("Ccy"), entry.findtext("CcyMnrUnts"), entry.find("CcyNm")
        is_fund = name is not None and name.get("IsFund") == "true"
        if code and digits and digits != "N.A." and not is_fund:
            listed[code] = int(digits)
    return listed


def test_the_table_has_the_currencies_and_digits_of_iso_4217() -> None:
    listed = {code: digits for code, digits in _listed().items() if code not in _UNITS_OF_ACCOUNT}

    assert listed == MINOR_DIGITS


def test_stripe_charges_in_currencies_of_iso_4217_only() -> None:
    assert {currency for currency in MINOR_DIGITS if takes_currency("stripe", currency)} == stripe_currencies._CHARGED


@pytest.mark.parametrize("currency", ["IQD", "LYD", "IRR", "KPW"])
def test_stripe_takes_no_currency_that_it_does_not_present(currency: str) -> None:
    assert not takes_currency("stripe", currency)


@pytest.mark.parametrize("name", ["", "offline", "cash_on_delivery"])
def test_payments_without_a_provider_have_no_limits(name: str) -> None:
    assert (takes_currency(name, "IQD"), charge_limits(name, "IQD")) == (True, None)


@pytest.mark.parametrize(
    ("currency", "step", "minimum", "maximum"),
    [
        ("USD", 1, 50, 99_999_999),
        ("EUR", 1, 50, 99_999_999),
        ("JPY", 1, 50, 9_999_999_999),
        ("HUF", 1, 17_500, 9_999_999_999),
        ("ISK", 1, 1, 999_999),
        ("UGX", 1, 1, 999_999),
        ("MGA", 100, 100, 9_999_999_900),
        ("KWD", 10, 10, 99_999_999),
    ],
)
def test_the_limits_are_in_the_currencys_own_minor_unit(currency: str, step: int, minimum: int, maximum: int) -> None:
    limits = stripe_currencies.limits(currency)

    assert (limits.step_minor, limits.minimum_minor, limits.maximum_minor) == (step, minimum, maximum)


@pytest.mark.parametrize("currency", sorted(stripe_currencies._CHARGED))
def test_an_amount_survives_the_way_to_stripe_and_back(currency: str) -> None:
    amount = stripe_currencies.limits(currency).step_minor * 1234

    assert stripe_currencies.from_stripe(stripe_currencies.to_stripe(amount, currency), currency) == amount
