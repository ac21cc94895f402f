"""Checks an attempt at its provider: one that got no answer, or one to cancel."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.payments.attempts import SETTLES_WITHIN, cancel_attempt, find_attempt, pause_after
from microshop.payments.outcomes import Outcome
from microshop.payments.provider_updates import apply_absence, apply_update

if TYPE_CHECKING:
    from microshop.payments.payment import Payment
    from microshop.payments.providers.port import Intent, PaymentProvider
    from microshop.payments.unit_of_work import PaymentsUnitOfWork


def resolve_payment(payment: Payment, provider: PaymentProvider, uow: PaymentsUnitOfWork) -> Outcome:
    """Check a due attempt at the provider by its reference, and apply its state there. Returns the outcome.

    An abandoned attempt is cancelled at the provider. One without a final state is due again, with a backoff.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer.
    """
    claimed = uow.payments.postpone(payment, pause_after(payment.checks))
    if claimed is None:
        return Outcome.CLAIMED_ELSEWHERE
    ask = cancel_attempt if payment.state == "abandoned" else find_attempt
    return _apply(payment, claimed, ask(provider, payment.reference or ""), provider, uow)


def resolve_searched(
    payment: Payment, intent: Intent | None, provider: PaymentProvider, uow: PaymentsUnitOfWork
) -> Outcome:
    """Apply the result of a search for a due attempt without a reference; None if nothing was found.

    Everything else is as in `resolve_payment`. Returns the outcome.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer.
    """
    claimed = uow.payments.postpone(payment, pause_after(payment.checks))
    if claimed is None:
        return Outcome.CLAIMED_ELSEWHERE
    if intent is not None and payment.state == "abandoned":
        intent = cancel_attempt(provider, intent.reference)
    return _apply(payment, claimed, intent, provider, uow)


def _apply(
    payment: Payment, claimed: datetime, intent: Intent | None, provider: PaymentProvider, uow: PaymentsUnitOfWork
) -> Outcome:
    if intent is None:
        if datetime.now(UTC) - payment.created_at < SETTLES_WITHIN:
            return Outcome.WAITING
        return apply_absence(payment, uow)
    outcome = apply_update(payment.provider, intent, uow)
    refunds = provider.refunds_of(intent.reference) if intent.status == "captured" else []
    outcomes = [apply_update(payment.provider, refund, uow) for refund in refunds]
    if Outcome.REFUND_WAITS_FOR_ANOTHER not in outcomes:
        uow.payments.clear_check(payment, claimed)
    return outcome
