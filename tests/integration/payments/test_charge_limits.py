"""Amounts of charges and refunds: conversion to Stripe's units, and limits of currencies."""

from copy import replace

import pytest
import stripe

from microshop.errors import PaymentRefused
from microshop.payments.providers import stripe as adapter
from tests.support.card_payments import CardPayments
from tests.support.provider_contract import (
    STRIPE_KEYS,
    Subject,
    a_payment_request,
    a_refund_request,
    stripe_intent,
)


@pytest.mark.parametrize(
    ("currency", "amount_minor", "stripe_amount"),
    [("ISK", 500, 50000), ("UGX", 5000, 500000), ("MGA", 199900, 1999), ("KWD", 1230, 1230), ("JPY", 500, 500)],
)
def test_amounts_are_converted_to_stripes_units(
    stripe_provider: adapter.StripeProvider, cards: CardPayments, currency: str, amount_minor: int, stripe_amount: int
) -> None:
    intent = stripe_provider.start(a_payment_request(amount_minor=amount_minor, currency=currency))

    assert (intent.amount_minor, stripe_intent(cards, intent)["amount"]) == (amount_minor, stripe_amount)


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
    subject: Subject, currency: str, amount_minor: int, code: str
) -> None:
    with pytest.raises(PaymentRefused) as refused:
        subject.provider.start(a_payment_request(amount_minor=amount_minor, currency=currency))

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("currency", "amount_minor"),
    [("USD", 50), ("GBP", 30), ("HUF", 17_500), ("USD", 99_999_999), ("INR", 999_999_999), ("KWD", 10), ("MGA", 100)],
)
def test_a_charge_at_the_limit_is_accepted(subject: Subject, currency: str, amount_minor: int) -> None:
    assert (
        subject.provider.start(a_payment_request(amount_minor=amount_minor, currency=currency)).amount_minor
        == amount_minor
    )


def test_a_refund_with_too_many_digits_is_refused(subject: Subject) -> None:
    intent = subject.provider.start(a_payment_request(amount_minor=1230, currency="KWD"))
    subject.pay(intent)

    with pytest.raises(PaymentRefused) as refused:
        subject.provider.refund(replace(a_refund_request(intent, 1225), currency="KWD"))

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
def test_the_local_stripe_refuses_a_charge_as_stripe_does(
    cards: CardPayments, amount: int, currency: str, code: str | None, param: str
) -> None:
    client = stripe.StripeClient(STRIPE_KEYS["secret_key"], base_addresses={"api": cards.url})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create({"amount": amount, "currency": currency})

    assert (refused.value.http_status, refused.value.code, refused.value.param) == (400, code, param)
