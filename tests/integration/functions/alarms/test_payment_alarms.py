"""The alarms on payments, refunds and reconciliation fire for the metrics that functions emit."""

from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from unittest.mock import Mock

from microshop.payments.queries import OverdueOrder
from microshop.platform.mysql import Database
from microshop.reconciliation.check import CheckName
from microshop.reconciliation.report import Findings, Report, Unchecked
from tests.support.builders import NOON, an_execution
from tests.support.functions import plug, sample_event


def test_payments_to_review_fires_for_each_outcome_to_review(watches: Any, deploy: Any, printed: Any) -> None:
    from microshop.payments.outcomes import Outcome

    webhook = deploy("payments/stripe_webhook")
    plug(webhook, provider=Mock(), PaymentsUnitOfWork=None)
    event = sample_event("payments/stripe_webhook")

    def handle(outcome: Outcome) -> list[str]:
        plug(webhook, apply_event=(outcome, None))
        found: list[str] = printed(lambda: webhook.handler(event, an_execution()))
        return found

    settled = handle(Outcome.PAID)
    for outcome in [outcome for outcome in Outcome if outcome.needs_review]:
        states = watches["PaymentsToReview"]().states_after(settled, handle(outcome), settled)
        assert states == ["OK", "ALARM", "OK"], outcome


def test_payments_unsettled_fires_for_orders_that_fail_to_expire(watches: Any, deploy: Any, printed: Any) -> None:
    from microshop.payments.outcomes import Outcome

    function = deploy("schedules/expire_unpaid")

    def expire(outcome: Outcome | Exception) -> list[str]:
        pages = Mock(side_effect=[[OverdueOrder(number, NOON) for number in range(6)], [], []])
        plug(function, PaymentsUnitOfWork=Mock(queries=Mock(unpaid_orders=pages)))
        function.expire_order = Mock(side_effect=[outcome] * 6)
        event = sample_event("schedules/expire_unpaid")
        found: list[str] = printed(lambda: function.handler(event, an_execution(milliseconds_left=60_000)))
        return found

    healthy, failing = expire(Outcome.EXPIRED), expire(RuntimeError("the provider is down"))

    assert watches["PaymentsUnsettled"]().states_after(healthy, failing, healthy) == ["OK", "ALARM", "OK"]


def test_refunds_delayed_fires_after_15_minutes(watches: Any, deploy: Any, printed: Any) -> None:
    function = deploy("schedules/resolve_payments")
    due: dict[str, object] = dict.fromkeys(
        ("due_refunds", "due_cancellations", "due_payments", "due_searches"), lambda *_: []
    )

    def run(waiting: timedelta | None) -> list[str]:
        oldest = datetime.now(UTC) - waiting if waiting else None
        plug(function, PaymentsUnitOfWork=Mock(queries=Mock(oldest_requested_refund=lambda: oldest, **due)))
        event = sample_event("schedules/resolve_payments")
        found: list[str] = printed(lambda: function.handler(event, an_execution(milliseconds_left=60_000)))
        return found

    none, some, late = run(None), run(timedelta(minutes=14)), run(timedelta(minutes=16))

    assert watches["RefundsDelayed"]().states_after(none, some, late, some) == ["OK", "OK", "ALARM", "OK"]


def test_data_exports_delayed_fires_after_an_hour(watches: Any, deploy: Any, printed: Any) -> None:
    function = deploy("schedules/write_data_exports")
    function.begin_next = Mock(return_value=None)

    def run(waiting: timedelta | None) -> list[str]:
        oldest = datetime.now(UTC) - waiting if waiting else None
        plug(function, DataExportsUnitOfWork=Mock(exports=Mock(oldest_request=lambda: oldest)))
        event = sample_event("schedules/write_data_exports")
        found: list[str] = printed(lambda: function.handler(event, an_execution(milliseconds_left=300_000)))
        return found

    none, some, late = run(None), run(timedelta(minutes=59)), run(timedelta(minutes=61))

    assert watches["DataExportsDelayed"]().states_after(none, some, late, some) == ["OK", "OK", "ALARM", "OK"]


def test_data_exports_failed_fires_for_one_export(watches: Any, deploy: Any, printed: Any) -> None:
    function = deploy("schedules/write_data_exports")
    plug(function, DataExportsUnitOfWork=Mock(exports=Mock(oldest_request=lambda: None)))

    def run(*exports: Mock) -> list[str]:
        function.begin_next = Mock(side_effect=[*exports, None])
        event = sample_event("schedules/write_data_exports")
        found: list[str] = printed(lambda: function.handler(event, an_execution(milliseconds_left=300_000)))
        return found

    none, failed = run(), run(Mock(id=1, user_id=17, attempts=5, state="failed"))

    assert watches["DataExportsFailed"]().states_after(none, failed, none) == ["OK", "ALARM", "OK"]


def test_reconciliation_alarms_fire_for_differences_and_gaps(
    watches: Any, deploy: Any, printed: Any, database: Database
) -> None:
    function = deploy("schedules/reconcile")
    function._RECHECK_AFTER_SECONDS = 0
    agreeing, disagreeing, unchecked, behind = (
        _report(function, printed, *numbers) for numbers in ((0, 0, 28), (3, 0, 28), (0, 1, 28), (0, 0, 29))
    )

    watch = watches["ReconciliationDisagreements"]()
    assert watch.states_after(agreeing) == ["OK"]
    watch.emit(disagreeing)
    assert watch.minutes(1440) == ["ALARM"]  # until the next run
    watch.emit(agreeing)
    watch.minutes(60)
    assert watch.state == "OK"
    watch.emit(disagreeing)
    watch.minutes(120)
    watch.emit(unchecked)
    assert watch.minutes(120) == ["ALARM"], "an incomplete run does not end it"
    assert watches["ReconciliationIncomplete"]().states_after(agreeing, unchecked, agreeing) == ["OK", "ALARM", "OK"]
    assert watches["ReconciliationBehind"]().states_after(agreeing, behind, agreeing) == ["OK", "ALARM", "OK"]


def _report(function: ModuleType, printed: Any, disagreements: int, unchecked: int, days: int) -> list[str]:
    name, covered_since = CheckName.STOCK_DIFFERS_FROM_LEDGER, NOON - timedelta(days=days)
    by_check = {name: Findings([], disagreements)} if disagreements else {}
    missed = tuple(Unchecked("provider:stripe", "timeout") for _ in range(unchecked))
    report = Report(NOON, NOON, NOON, by_check, Findings([], 0), missed, covered_since=covered_since)
    found: list[str] = printed(lambda: function._log(report))
    return found
