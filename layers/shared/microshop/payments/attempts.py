"""Finds and cancels an attempt at its provider, and says when to ask again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from microshop.errors import PaymentRefused

if TYPE_CHECKING:
    from microshop.payments.payment import Payment
    from microshop.payments.providers.port import Intent, PaymentProvider

# By then a request without an answer has reached the provider or never will: a function lives for seconds.
SETTLES_WITHIN = timedelta(minutes=2)
# The clocks of provider and database may differ.
_CLOCK_SKEW = timedelta(minutes=5)
_FIRST_PAUSE = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(hours=1)


def find_attempt(provider: PaymentProvider, payment: Payment) -> Intent | None:
    """Returns the attempt as the provider has it, or None if it has none.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer.
    """
    if payment.reference is None:
        return provider.find_attempt(payment.order_id, payment.attempt, payment.created_at - _CLOCK_SKEW)
    try:
        return provider.find(payment.reference)
    except PaymentRefused:
        return None


def cancel_attempt(provider: PaymentProvider, payment: Payment) -> Intent | None:
    """Cancel an attempt if the provider still can. Returns its state then, or None if the provider has none.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer.
    """
    reference = payment.reference
    if reference is None:
        found = find_attempt(provider, payment)
        if found is None:
            return None
        reference = found.reference
    try:
        return provider.cancel(reference)
    except PaymentRefused:
        return None


def pause_after(checks: int) -> timedelta:
    """Returns the backoff after so many checks without a final state: it doubles, up to an hour."""
    return min(_FIRST_PAUSE * (1 << min(checks, 10)), _LONGEST_PAUSE)
