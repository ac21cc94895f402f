"""Asks the payment providers about what is open: unanswered attempts, attempts to call off, refunds to make."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from microshop.errors import PaymentRefused, Unavailable
from microshop.payments.providers import provider
from microshop.payments.refunding import resolve_refund
from microshop.payments.reporting import report, report_failure
from microshop.payments.repository import PaymentsUnitOfWork
from microshop.payments.resolving import resolve_payment
from microshop.platform.mysql import database

_AT_ONCE = 100
# Room for the one at hand: three questions to the provider, which take 6.5 s at most each, and the database's part.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 25_000


def handler(_event: dict[str, Any], context: Any) -> dict[str, int]:
    """How many attempts and refunds were asked about, by what came of it."""
    transaction, outcomes = PaymentsUnitOfWork(database()), Counter[str]()
    for resolve, about in _due(transaction):
        if context.get_remaining_time_in_millis() < _STOP_BEFORE_TIMEOUT_MILLISECONDS:
            break
        outcomes[_resolved(resolve, about)] += 1
    return dict(outcomes)


def _due(transaction: PaymentsUnitOfWork) -> list[tuple[Callable[[], str], dict[str, int]]]:
    now = datetime.now(UTC)
    payments = transaction.payments.due_payments(now, _AT_ONCE)
    refunds = transaction.payments.due_refunds(now, _AT_ONCE)
    return [
        *(
            (
                lambda each=payment: resolve_payment(each, provider(each.provider), transaction),
                {"payment_id": payment.id},
            )
            for payment in payments
        ),
        *(
            (lambda each=refund: resolve_refund(each, provider, transaction), {"refund_id": refund.id})
            for refund in refunds
        ),
    ]


def _resolved(resolve: Callable[[], str], about: dict[str, int]) -> str:
    # One that cannot be resolved must not keep those behind it; it is due again later.
    try:
        outcome = resolve()
    except (Unavailable, PaymentRefused) as error:
        report_failure(error, **about)
        return "failed"
    report(outcome, **about)
    return outcome
