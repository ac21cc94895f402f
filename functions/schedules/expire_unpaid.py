"""Expires the orders that were not paid in time, once the provider has cancelled their payment."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from microshop import read_only
from microshop.payments.expiring import expire_order
from microshop.payments.outcomes import Outcome
from microshop.payments.providers import provider
from microshop.payments.reporting import report, report_failure
from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.platform import observability
from microshop.platform.mysql import database

_ORDERS_AT_ONCE = 100
# Room for the order at hand: two questions to the provider, which take 6.5 s at most each, and the database's part.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 20_000


def handler(_event: dict[str, Any], context: Any) -> dict[str, int]:
    """Returns how many orders expired, failed (they are tried again in the next run) and are left as they are.

    Expires none while the shop is read-only.
    """
    outcomes, last = Counter[Outcome](), 0
    uow = PaymentsUnitOfWork(database())
    while orders := uow.queries.unpaid_orders(datetime.now(UTC), last, _ORDERS_AT_ONCE):
        for order_id in orders:
            if _must_stop(context):
                return _totals(outcomes)
            outcomes[_expire(order_id, uow)] += 1
        last = orders[-1]
    return _totals(outcomes)


def _must_stop(context: Any) -> bool:
    if reason := read_only.current_reason():
        observability.log().info("nothing expires while the shop is read-only", reason=reason)
        return True
    return bool(context.get_remaining_time_in_millis() < _STOP_BEFORE_TIMEOUT_MILLISECONDS)


def _expire(order_id: int, uow: PaymentsUnitOfWork) -> Outcome:
    # One order that cannot be expired must not keep those behind it.
    try:
        outcome = expire_order(order_id, provider, uow)
    except Exception as error:  # noqa: BLE001 - whatever it is
        report_failure(error, order_id=order_id)
        return Outcome.FAILED
    report(outcome, order_id=order_id)
    return outcome


def _totals(outcomes: Counter[Outcome]) -> dict[str, int]:
    observability.count("orders_expired_total", outcomes[Outcome.EXPIRED])
    return {
        "expired": outcomes[Outcome.EXPIRED],
        "failed": outcomes[Outcome.FAILED],
        "left": sum(outcomes.values()) - outcomes[Outcome.EXPIRED] - outcomes[Outcome.FAILED],
    }
