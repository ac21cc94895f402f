"""Checks a due attempt at its provider, and cancels it there if it was abandoned."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.payments.attempts import MAX_TIME_IN_FLIGHT, backoff, cancel_attempt, find_attempt
from microshop.payments.outcomes import Outcome
from microshop.payments.provider_updates import apply_absence, apply_update

if TYPE_CHECKING:
    from microshop.payments.payment import Payment
    from microshop.payments.providers.port import Intent, PaymentProvider
    from microshop.payments.unit_of_work import PaymentsUnitOfWork


def resolve_payment(payment: Payment, provider: PaymentProvider, uow: PaymentsUnitOfWork) -> Outcome:
    """Check a due attempt at the provider by its reference, and apply its state there. Returns the outcome.

    Cancels an abandoned attempt at the provider. An attempt without a final state is due again after a backoff.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer.
    """
    claimed = uow.payments.postpone(payment, backoff(payment.checks))
    if claimed is None:
        return Outcome.CLAIMED_ELSEWHERE
    call = cancel_attempt if payment.state == "abandoned" else find_attempt
    return _apply(payment, claimed, call(provider, payment.reference or ""), provider, uow)


def resolve_search_result(
    payment: Payment, intent: Intent | None, provider: PaymentProvider, uow: PaymentsUnitOfWork
) -> Outcome:
    """Apply the result of a search for a due attempt without a reference. Returns the outcome.

    `intent` is None if the search found nothing. Otherwise the attempt is handled as by `resolve_payment`.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer.
    """
    claimed = uow.payments.postpone(payment, backoff(payment.checks))
    if claimed is None:
        return Outcome.CLAIMED_ELSEWHERE
    if intent is not None and payment.state == "abandoned":
        intent = cancel_attempt(provider, intent.reference)
    return _apply(payment, claimed, intent, provider, uow)


def _apply(
    payment: Payment, claimed: datetime, intent: Intent | None, provider: PaymentProvider, uow: PaymentsUnitOfWork
) -> Outcome:
    if intent is None:
        if datetime.now(UTC) - payment.created_at < MAX_TIME_IN_FLIGHT:
            return Outcome.WAITING
        return apply_absence(payment, uow)
    outcome = apply_update(payment.provider, intent, uow)
    refunds = provider.refunds_of(intent.reference) if intent.status == "captured" else []
    outcomes = [apply_update(payment.provider, refund, uow) for refund in refunds]
    if Outcome.REFUND_WAITS_FOR_ANOTHER not in outcomes:
        uow.payments.clear_check(payment, claimed)
    return outcome
