"""Settles open payments with their providers: sends refunds, and cancels, checks and searches payment attempts."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from microshop import read_only
from microshop.errors import Unavailable
from microshop.payments.outcomes import Outcome
from microshop.payments.providers import provider
from microshop.payments.refund_sending import resolve_refund
from microshop.payments.reporting import report, report_failure
from microshop.payments.resolving import resolve_payment, resolve_search_result
from microshop.payments.searching import search
from microshop.payments.time_sharing import Task, run_in_turns
from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.platform import observability
from microshop.platform.lease import lease
from microshop.platform.mysql import database
from microshop.platform.observability import MetricUnit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from microshop.payments.payment import Payment
    from microshop.platform.lambda_context import Deadline

# More than a run has time for.
_LIMIT = 1000
# Time to finish the current step: three calls to the provider of at most 6.5 s each, or a page of a list, which takes
# 17 s, and the database's part.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 25_000


def handler(_event: dict[str, Any], context: Deadline) -> dict[Outcome, int]:
    """Returns how many attempts and refunds were checked, by outcome; `claimed_elsewhere` if another run is active.

    Refunds, cancellations, checks and searches get an equal share of the time. Nothing is checked while the shop is
    read-only.
    """
    uow = PaymentsUnitOfWork(database())
    _report_oldest_refund(uow)
    with lease(database(), "resolve_payments", context) as is_held:
        if not is_held:
            observability.log().info("another run is active")
            return {Outcome.CLAIMED_ELSEWHERE: 1}
        run = _Run(uow)
        unresponsive = run_in_turns(run.tasks(), context, partial(_must_stop, context))
    if unresponsive:
        observability.log().warning("the provider does not answer, the next run continues", tasks=unresponsive)
    return dict(run.outcomes)


class _Run:
    """The work of a run and its outcomes. A payment or refund that fails does not block the next ones."""

    def __init__(self, uow: PaymentsUnitOfWork) -> None:
        self._uow = uow
        self._now = datetime.now(UTC)
        self.outcomes = Counter[Outcome]()

    def tasks(self) -> list[Task]:
        """Returns the tasks. Refunds come first, because the first of several unused tasks starts first."""
        return [
            Task("refunds", self._refunds()),
            Task("cancellations", self._payments(self._uow.queries.due_cancellations)),
            Task("checks", self._payments(self._uow.queries.due_payments)),
            Task("searches", self._searches()),
        ]

    def _refunds(self) -> Iterator[bool]:
        for refund in self._uow.queries.due_refunds(self._now, _LIMIT):
            resolve = partial(resolve_refund, refund, provider, self._uow)
            yield self._has_answered(resolve, order_id=refund.order_id, refund_id=refund.id)

    def _payments(self, due: Callable[[datetime, int], list[Payment]]) -> Iterator[bool]:
        for payment in due(self._now, _LIMIT):
            resolve = partial(resolve_payment, payment, provider(payment.provider), self._uow)
            yield self._has_answered(resolve, order_id=payment.order_id, payment_id=payment.id)

    def _searches(self) -> Iterator[bool]:
        due = self._uow.queries.due_searches(self._now, _LIMIT)
        for name, payments in itertools.groupby(sorted(due, key=_provider_of), _provider_of):
            yield from self._search(name, list(payments))

    def _search(self, name: str, payments: list[Payment]) -> Iterator[bool]:
        adapter = provider(name)
        try:
            for match in search(payments, adapter, self._uow):
                if match is None:
                    yield True
                    continue
                payment, intent = match
                resolve = partial(resolve_search_result, payment, intent, adapter, self._uow)
                yield self._has_answered(resolve, order_id=payment.order_id, payment_id=payment.id)
        except Exception as error:  # noqa: BLE001 - after any error, the next run searches for all of them again
            report_failure(error, provider=name, searched=len(payments))
            self.outcomes[Outcome.FAILED] += 1
            yield False

    def _has_answered(self, resolve: Callable[[], Outcome], **ids: object) -> bool:
        try:
            outcome = resolve()
        except Exception as error:  # noqa: BLE001 - after any error, it becomes due again
            report_failure(error, **ids)
            self.outcomes[Outcome.FAILED] += 1
            return not isinstance(error, Unavailable)
        report(outcome, **ids)
        self.outcomes[outcome] += 1
        return True


def _provider_of(payment: Payment) -> str:
    return payment.provider


def _report_oldest_refund(uow: PaymentsUnitOfWork) -> None:
    oldest = uow.queries.oldest_requested_refund()
    seconds = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0
    observability.emit({"refunds_oldest_seconds": (seconds, MetricUnit.Seconds)})


def _must_stop(context: Deadline) -> bool:
    if reason := read_only.current_reason():
        observability.log().info("nothing is resolved while the shop is read-only", reason=reason)
        return True
    return context.get_remaining_time_in_millis() < _STOP_BEFORE_TIMEOUT_MILLISECONDS
