"""Finds and cancels an attempt at its provider, and computes the backoff between checks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from microshop.errors import PaymentRefused

if TYPE_CHECKING:
    from microshop.payments.providers.port import Intent, PaymentProvider

# After this time, an unanswered request has reached the provider or never will: a function runs for seconds only.
MAX_TIME_IN_FLIGHT = timedelta(minutes=2)
_FIRST_BACKOFF = timedelta(seconds=15)
_MAX_BACKOFF = timedelta(hours=1)


def find_attempt(provider: PaymentProvider, reference: str) -> Intent | None:
    """Returns the attempt's state at the provider, or None if the provider does not have it.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer.
    """
    try:
        return provider.find(reference)
    except PaymentRefused:
        return None


def cancel_attempt(provider: PaymentProvider, reference: str) -> Intent | None:
    """Cancel an attempt if the provider still can. Returns its state after that, or None if the provider has none.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer.
    """
    try:
        return provider.cancel(reference)
    except PaymentRefused:
        return None


def backoff(checks: int) -> timedelta:
    """Returns the backoff after this number of checks without a final state: it doubles from 15 s up to an hour."""
    return min(_FIRST_BACKOFF * (1 << min(checks, 10)), _MAX_BACKOFF)
