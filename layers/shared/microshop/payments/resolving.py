"""The use case of asking a provider about an attempt that it did not answer for, or that is to be called off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from microshop.errors import PaymentRefused
from microshop.payments.facts import REFUND_WAITS, take_absence, take_intent, take_refund

if TYPE_CHECKING:
    from microshop.payments.payment import Payment
    from microshop.payments.provider import Intent, PaymentProvider
    from microshop.payments.repository import PaymentsUnitOfWork

# By then a request that got no answer has reached the provider or never will: a function lives for seconds.
SETTLES_WITHIN = timedelta(minutes=2)
# The clocks of provider and database may differ.
_CLOCK_SKEW = timedelta(minutes=5)
_FIRST_PAUSE = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(hours=1)

WAITING = "waiting"
CLAIMED_ELSEWHERE = "claimed elsewhere"


def resolve_payment(payment: Payment, provider: PaymentProvider, transaction: PaymentsUnitOfWork) -> str:
    """Ask the provider what became of a due attempt, and settle that; what it did, in a few words.

    An abandoned attempt is called off at the provider. What is still open is due again after a pause that doubles.

    Raises:
        PaymentUnsure, Unavailable: the provider does not answer.
    """
    claimed = transaction.payments.postpone_payment(payment, pause_after(payment.checks))
    if claimed is None:
        return CLAIMED_ELSEWHERE
    intent = (called_off if payment.state == "abandoned" else _attempt)(provider, payment)
    if intent is None:
        if datetime.now(UTC) - payment.created_at < SETTLES_WITHIN:
            return WAITING
        return take_absence(payment, transaction)
    outcome = take_intent(payment.provider, intent, transaction)
    refunds = provider.refunds_of(intent.reference) if intent.status == "captured" else []
    outcomes = [take_refund(payment.provider, refund, transaction) for refund in refunds]
    if REFUND_WAITS not in outcomes:
        transaction.payments.checked(payment, claimed)
    return outcome


def called_off(provider: PaymentProvider, payment: Payment) -> Intent | None:
    """What became of an attempt once the provider was told to call it off; None where it has none.

    Raises:
        PaymentUnsure, Unavailable: the provider does not answer.
    """
    reference = payment.reference
    if reference is None:
        found = _attempt(provider, payment)
        if found is None:
            return None
        reference = found.reference
    try:
        return provider.cancel(reference)
    except PaymentRefused:
        return None


def _attempt(provider: PaymentProvider, payment: Payment) -> Intent | None:
    if payment.reference is None:
        return provider.find_attempt(payment.order_id, payment.attempt, payment.created_at - _CLOCK_SKEW)
    try:
        return provider.find(payment.reference)
    except PaymentRefused:
        return None


def pause_after(checks: int) -> timedelta:
    """How long to wait after having asked so often without an end."""
    return min(_FIRST_PAUSE * (1 << min(checks, 10)), _LONGEST_PAUSE)
