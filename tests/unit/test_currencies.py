"""The shop's currencies are those of ISO 4217, and the provider's limits are Stripe's."""

from itertools import product
from string import ascii_uppercase

import iso4217

from microshop.currencies import MINOR_DIGITS
from microshop.payments.providers import charge_limits, stripe_currencies, supports_currency

# Units of account that nobody can pay with, although the list does not mark them as funds.
_UNITS_OF_ACCOUNT = {"UYW", "XAD"}


def _listed() -> dict[str, int]:
    """Returns the currencies of ISO 4217 that have a minor unit and are not funds, with their digits."""
    listed = {}
    for entry in iso4217.raw_xml.findall("CcyTbl/CcyNtry"):
        code, digits, name = entry.findtext("Ccy"), entry.findtext("CcyMnrUnts"), entry.find("CcyNm")
        is_fund = name is not None and name.get("IsFund") == "true"
        if code and digits and digits != "N.A." and not is_fund:
            listed[code] = int(digits)
    return listed


def test_table_has_the_currencies_and_digits_of_iso_4217() -> None:
    listed = {code: digits for code, digits in _listed().items() if code not in _UNITS_OF_ACCOUNT}

    assert listed == MINOR_DIGITS


def test_stripe_takes_only_currencies_of_iso_4217() -> None:
    codes = {"".join(letters) for letters in product(ascii_uppercase, repeat=3)}

    assert {code for code in codes if supports_currency("stripe", code)} - MINOR_DIGITS.keys() == set()


def test_stripe_takes_no_currency_that_it_does_not_present() -> None:
    assert [code for code in ["IQD", "LYD", "IRR", "KPW"] if supports_currency("stripe", code)] == []


def test_payments_without_a_provider_have_no_limits() -> None:
    found = {
        name: (supports_currency(name, "IQD"), charge_limits(name, "IQD"))
        for name in ["", "offline", "cash_on_delivery"]
    }

    assert set(found.values()) == {(True, None)}, found


def test_charge_limits_are_in_the_minor_unit_of_their_currency() -> None:
    def limits_of(currency: str) -> tuple[int, int, int]:
        limits = stripe_currencies.limits(currency)
        return limits.step_minor, limits.minimum_minor, limits.maximum_minor

    limits = {
        "USD": (1, 50, 99_999_999),
        "EUR": (1, 50, 99_999_999),
        "JPY": (1, 50, 9_999_999_999),
        "HUF": (1, 17_500, 9_999_999_999),
        "ISK": (1, 1, 999_999),
        "UGX": (1, 1, 999_999),
        "MGA": (100, 100, 9_999_999_900),
        "KWD": (10, 10, 99_999_999),
    }
    assert {code: limits_of(code) for code in limits} == limits


def test_stripe_counts_other_digits_than_iso_4217_only_where_documented() -> None:
    currencies = [code for code in MINOR_DIGITS if supports_currency("stripe", code)]
    of_one = {code: stripe_currencies.to_stripe(10 ** MINOR_DIGITS[code], code) for code in currencies}

    # https://docs.stripe.com/currencies: MGA has no decimals there; ISK and UGX have two, which are always 0.
    differing = {code: amount for code, amount in of_one.items() if amount != 10 ** MINOR_DIGITS[code]}
    assert differing == {"MGA": 1, "ISK": 100, "UGX": 100}


def test_amount_is_unchanged_after_conversion_to_stripe_and_back() -> None:
    currencies = [code for code in MINOR_DIGITS if supports_currency("stripe", code)]

    def there_and_back(amount: int, currency: str) -> int:
        return stripe_currencies.from_stripe(stripe_currencies.to_stripe(amount, currency), currency)

    amounts = {code: stripe_currencies.limits(code).step_minor * 1234 for code in currencies}
    assert len(currencies) > 100
    assert {code: there_and_back(amount, code) for code, amount in amounts.items()} == amounts
