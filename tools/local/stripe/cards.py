"""Stripe's test cards: their names, and the outcome of a charge to each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    """Why a card is declined, in Stripe's codes."""

    code: str
    decline_code: str
    message: str


# The numbers are from https://docs.stripe.com/testing. localstripe declines charges to one of them only.
DECLINED_BY_LOCALSTRIPE = "4000000000000341"
GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.")
DECLINES = {
    DECLINED_BY_LOCALSTRIPE: GENERIC,
    "4000000000000002": GENERIC,
    "4000000000009995": Decline("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    "4000000000009987": Decline("card_declined", "lost_card", "Your card was declined."),
    "4000000000009979": Decline("card_declined", "stolen_card", "Your card was declined."),
    "4000000000000069": Decline("expired_card", "expired_card", "Your card has expired."),
    "4000000000000127": Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    "4000000000000119": Decline(
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
}

_REQUIRES_3D_SECURE = "pm_card_authenticationRequired"
NAMED = {
    "pm_card_visa": "4242424242424242",
    "pm_card_visa_debit": "4000056655665556",
    "pm_card_mastercard": "5555555555554444",
    _REQUIRES_3D_SECURE: "4000002500003155",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_visa_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_chargeCustomerFail": DECLINED_BY_LOCALSTRIPE,
}


def outcomes() -> dict[str, str]:
    """Returns the outcome of a charge as text, by the first name of each card.

    The card that requires 3-D Secure is omitted, because the local provider does not support it.
    """
    names = dict[str, str]()
    for name, number in NAMED.items():
        if name != _REQUIRES_3D_SECURE:
            names.setdefault(number, name)
    return {name: _outcome(number) for number, name in names.items()}


def _outcome(number: str) -> str:
    return f"is declined, {DECLINES[number].decline_code}" if number in DECLINES else "pays"
