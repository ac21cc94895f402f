"""Expires the orders that were not paid in time, once the provider has called their payment off."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from microshop import read_only
from microshop.payments.expiring import EXPIRED, expire_order
from microshop.payments.providers import provider
from microshop.payments.reporting import report, report_failure
from microshop.payments.repository import PaymentsUnitOfWork
from microshop.platform import observability
from microshop.platform.mysql import database

_ORDERS_AT_ONCE = 100
# Room for the order at hand: two questions to the provider, which take 6.5 s at most each, and the database's part.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 20_000


def handler(_event: dict[str, Any], context: Any) -> dict[str, int]:
    """How many orders expired and how many could not: those are tried again the next time.

    None while the shop is read-only.
    """
    outcomes: Counter[str] = Counter()
    transaction, last = PaymentsUnitOfWork(database()), 0
    while orders := transaction.payments.unpaid_orders(datetime.now(UTC), last, _ORDERS_AT_ONCE):
        for order_id in orders:
            if _must_stop(context):
                return _told(outcomes)
            outcomes[_expire(order_id, transaction)] += 1
        last = orders[-1]
    return _told(outcomes)


def _must_stop(context: Any) -> bool:
    if reason := read_only.current_reason():
        observability.log().info("nothing expires while the shop is read-only", reason=reason)
        return True
    return bool(context.get_remaining_time_in_millis() < _STOP_BEFORE_TIMEOUT_MILLISECONDS)


def _expire(order_id: int, transaction: PaymentsUnitOfWork) -> str:
    # One order that cannot be expired must not keep those behind it.
    try:
        outcome = expire_order(order_id, provider, transaction)
    except Exception as error:  # noqa: BLE001 - whatever it is
        report_failure(error, order_id=order_id)
        return "failed"
    report(outcome, order_id=order_id)
    return outcome


def _told(outcomes: Counter[str]) -> dict[str, int]:
    observability.count("orders_expired_total", outcomes[EXPIRED])
    return {
        "expired": outcomes[EXPIRED],
        "failed": outcomes["failed"],
        "left": sum(outcomes.values()) - outcomes[EXPIRED] - outcomes["failed"],
    }
