"""Checks open payments at their providers: attempts without an answer, attempts to cancel, refunds to make."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from microshop import read_only
from microshop.payments.outcomes import Outcome
from microshop.payments.payment import Payment, Refund
from microshop.payments.providers import provider
from microshop.payments.refunding import resolve_refund
from microshop.payments.reporting import report, report_failure
from microshop.payments.resolving import resolve_payment
from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.platform import observability
from microshop.platform.mysql import database

_AT_ONCE = 100
# Room for the one at hand: three questions to the provider, which take 6.5 s at most each, and the database's part.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 25_000


def handler(_event: dict[str, Any], context: Any) -> dict[Outcome, int]:
    """Returns how many attempts and refunds were checked, by outcome.

    Checks none while the shop is read-only.
    """
    uow, outcomes = PaymentsUnitOfWork(database()), Counter[Outcome]()
    for due in _due(uow):
        if _must_stop(context):
            break
        outcomes[_resolve(due, uow)] += 1
    return dict(outcomes)


def _due(uow: PaymentsUnitOfWork) -> list[Payment | Refund]:
    now, queries = datetime.now(UTC), uow.queries
    return [*queries.due_payments(now, _AT_ONCE), *queries.due_refunds(now, _AT_ONCE)]


def _must_stop(context: Any) -> bool:
    if reason := read_only.current_reason():
        observability.log().info("nothing is resolved while the shop is read-only", reason=reason)
        return True
    return bool(context.get_remaining_time_in_millis() < _STOP_BEFORE_TIMEOUT_MILLISECONDS)


def _resolve(due: Payment | Refund, uow: PaymentsUnitOfWork) -> Outcome:
    # One that cannot be resolved must not keep those behind it; it is due again later.
    about = {"order_id": due.order_id, "payment_id" if isinstance(due, Payment) else "refund_id": due.id}
    try:
        if isinstance(due, Payment):
            outcome = resolve_payment(due, provider(due.provider), uow)
        else:
            outcome = resolve_refund(due, provider, uow)
    except Exception as error:  # noqa: BLE001 - whatever it is
        report_failure(error, **about)
        return Outcome.FAILED
    report(outcome, **about)
    return outcome
