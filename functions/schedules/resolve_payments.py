"""Asks the payment providers about what is open: unanswered attempts, attempts to call off, refunds to make."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from microshop import read_only
from microshop.payments.payment import Payment, Refund
from microshop.payments.providers import provider
from microshop.payments.refunding import resolve_refund
from microshop.payments.reporting import report, report_failure
from microshop.payments.repository import PaymentsUnitOfWork
from microshop.payments.resolving import resolve_payment
from microshop.platform import observability
from microshop.platform.mysql import database

_AT_ONCE = 100
# Room for the one at hand: three questions to the provider, which take 6.5 s at most each, and the database's part.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 25_000


def handler(_event: dict[str, Any], context: Any) -> dict[str, int]:
    """How many attempts and refunds were asked about, by what came of it.

    None while the shop is read-only.
    """
    transaction, outcomes = PaymentsUnitOfWork(database()), Counter[str]()
    for due in _due(transaction):
        if _must_stop(context):
            break
        outcomes[_resolved(due, transaction)] += 1
    return dict(outcomes)


def _due(transaction: PaymentsUnitOfWork) -> list[Payment | Refund]:
    now, payments = datetime.now(UTC), transaction.payments
    return [*payments.due_payments(now, _AT_ONCE), *payments.due_refunds(now, _AT_ONCE)]


def _must_stop(context: Any) -> bool:
    if reason := read_only.current_reason():
        observability.log().info("nothing is resolved while the shop is read-only", reason=reason)
        return True
    return bool(context.get_remaining_time_in_millis() < _STOP_BEFORE_TIMEOUT_MILLISECONDS)


def _resolved(due: Payment | Refund, transaction: PaymentsUnitOfWork) -> str:
    # One that cannot be resolved must not keep those behind it; it is due again later.
    about = {"order_id": due.order_id, "payment_id" if isinstance(due, Payment) else "refund_id": due.id}
    try:
        if isinstance(due, Payment):
            outcome = resolve_payment(due, provider(due.provider), transaction)
        else:
            outcome = resolve_refund(due, provider, transaction)
    except Exception as error:  # noqa: BLE001 - whatever it is
        report_failure(error, **about)
        return "failed"
    report(outcome, **about)
    return outcome
