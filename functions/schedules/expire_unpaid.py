"""Expires orders that were not paid in time, after the provider has cancelled their payment."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from microshop import read_only
from microshop.errors import Unavailable
from microshop.payments.expiring import expire_order
from microshop.payments.outcomes import Outcome
from microshop.payments.providers import provider
from microshop.payments.reporting import report, report_failure
from microshop.payments.time_sharing import Task, run_in_turns
from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.platform import observability
from microshop.platform.lease import lease
from microshop.platform.mysql import database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microshop.platform.lambda_context import Deadline

_PAGE_SIZE = 1000
# Time for the current order: two calls to the provider of at most 6.5 s each, and the database's part.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 20_000


def handler(_event: dict[str, Any], context: Deadline) -> dict[str, int]:
    """Returns how many orders expired, failed (the next run retries them) and were left unchanged.

    Orders with and without a payment attempt get half of the time each, so that a slow or unresponsive provider does
    not delay the orders that do not need it. Nothing expires while the shop is read-only or another run is active.
    """
    outcomes, uow = Counter[Outcome](), PaymentsUnitOfWork(database())
    with lease(database(), "expire_unpaid", context) as is_held:
        if not is_held:
            observability.log().info("another run is active")
            return _totals(outcomes)
        tasks = [
            Task("without attempt", _expirations(uow, outcomes, has_attempt=False)),
            Task("with attempt", _expirations(uow, outcomes, has_attempt=True)),
        ]
        unresponsive = run_in_turns(tasks, context, partial(_must_stop, context))
    if unresponsive:
        observability.log().warning("the provider does not answer, the next run continues", tasks=unresponsive)
    return _totals(outcomes)


def _must_stop(context: Deadline) -> bool:
    if reason := read_only.current_reason():
        observability.log().info("nothing expires while the shop is read-only", reason=reason)
        return True
    return context.get_remaining_time_in_millis() < _STOP_BEFORE_TIMEOUT_MILLISECONDS


def _expirations(uow: PaymentsUnitOfWork, outcomes: Counter[Outcome], *, has_attempt: bool) -> Iterator[bool]:
    last = None
    while orders := uow.queries.unpaid_orders(datetime.now(UTC), last, _PAGE_SIZE, has_attempt=has_attempt):
        last = orders[-1]
        # Without shuffling, orders for which the provider never answers might come first and end every run.
        random.shuffle(orders)
        for order in orders:
            yield _has_answered(order.id, uow, outcomes)


def _has_answered(order_id: int, uow: PaymentsUnitOfWork, outcomes: Counter[Outcome]) -> bool:
    try:
        outcome = expire_order(order_id, provider, uow)
    except Exception as error:  # noqa: BLE001 - one order that cannot expire must not block the next ones
        report_failure(error, order_id=order_id)
        outcomes[Outcome.FAILED] += 1
        return not isinstance(error, Unavailable)
    report(outcome, order_id=order_id)
    outcomes[outcome] += 1
    return True


def _totals(outcomes: Counter[Outcome]) -> dict[str, int]:
    observability.count("orders_expired_total", outcomes[Outcome.EXPIRED])
    return {
        "expired": outcomes[Outcome.EXPIRED],
        "failed": outcomes[Outcome.FAILED],
        "left": sum(outcomes.values()) - outcomes[Outcome.EXPIRED] - outcomes[Outcome.FAILED],
    }
