"""Finds and cancels an attempt at its provider, and says when to ask again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from microshop.errors import PaymentRefused

if TYPE_CHECKING:
    from microshop.payments.providers.port import Intent, PaymentProvider

# By then a request without an answer has reached the provider or never will: a function lives for seconds.
SETTLES_WITHIN = timedelta(minutes=2)
_FIRST_PAUSE = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(hours=1)


def find_attempt(provider: PaymentProvider, reference: str) -> Intent | None:
    """Returns the attempt as the provider has it, or None if it has none.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer.
    """
    try:
        return provider.find(reference)
    except PaymentRefused:
        return None


def cancel_attempt(provider: PaymentProvider, reference: str) -> Intent | None:
    """Cancel an attempt if the provider still can. Returns its state then, or None if the provider has none.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer.
    """
    try:
        return provider.cancel(reference)
    except PaymentRefused:
        return None


def pause_after(checks: int) -> timedelta:
    """Returns the backoff after so many checks without a final state: it doubles, up to an hour."""
    return min(_FIRST_PAUSE * (1 << min(checks, 10)), _LONGEST_PAUSE)
