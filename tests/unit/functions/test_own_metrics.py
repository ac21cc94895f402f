"""Functions print exactly the metrics of tests/support/own_metrics.py."""

import socket
from typing import Any
from unittest.mock import Mock

import pytest

from microshop.errors import QuotaExceeded, ReadOnly, Unavailable
from microshop.http import Request, Response, endpoint, ok
from microshop.messaging.outbox import Backlog
from microshop.messaging.relaying import BatchResult
from microshop.payments.outcomes import Outcome
from microshop.payments.reporting import report, report_failure
from microshop.reconciliation.check import CheckName
from microshop.reconciliation.report import Findings, Report, Unchecked
from tests.support.builders import NOON, a_batch, a_message, an_api_event, an_execution
from tests.support.fakes import FakeInbox
from tests.support.functions import load_function, plug, sample_event
from tests.support.metric_store import emitted
from tests.support.output import Output
from tests.support.own_metrics import OWN_METRICS

pytestmark = pytest.mark.usefixtures("environment")

_REFUNDED = {"amount_minor": 500, "currency": "USD", "restocked": [{"product_id": 5, "quantity": 1}]}


def test_functions_emit_exactly_the_metrics_of_the_table(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    _serve(monkeypatch)
    _consume()
    _run_schedules(monkeypatch)

    found: dict[str, set[frozenset[str]]] = {}
    for metric, _ in emitted(output.text.splitlines()):
        assert metric.namespace == "microshop"
        assert ("service", "microshop") in metric.dimensions
        others = frozenset(name for name, _ in metric.dimensions) - {"service"}
        found.setdefault(metric.name, set()).add(others)

    assert found == {name: set(dimensions) for name, dimensions in OWN_METRICS.items()}


def _serve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDPOINT_METRICS", "on")

    @endpoint()
    def serve(request: Request) -> Response:
        if request.method == "POST":
            raise Unavailable("database")
        if request.method == "PUT":
            raise ReadOnly("maintenance")
        if request.method == "PATCH":
            raise QuotaExceeded("session", 3)
        return ok({})

    for method in ("GET", "POST", "PUT", "PATCH"):
        serve(an_api_event(method=method), an_execution())
    report(Outcome.DISPUTED, order_id=1)
    report_failure(Unavailable("payments"), order_id=1)


def _consume() -> None:
    counter, alerts = load_function("consumers/count_orders"), load_function("consumers/alert_low_stock")
    for consumer in (counter, alerts):
        plug(consumer, Inbox=FakeInbox())
    alerts.send_mail = Mock()  # type: ignore[attr-defined]
    counter.handler(sample_event("consumers/count_orders"), an_execution())
    counter.handler(a_batch(_message(1, "OrderPaymentFailed", {"order_id": 1})), an_execution())
    counter.handler(a_batch(_message(2, "OrderRefunded", _REFUNDED), _message(3, "Unknown", {})), an_execution())
    alerts.handler(sample_event("consumers/alert_low_stock"), an_execution())


def _run_schedules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_URL", "http://shop.invalid")
    relay, reconcile = load_function("events/relay_outbox"), load_function("schedules/reconcile")
    measure, expire = load_function("schedules/measure_active_users"), load_function("schedules/expire_unpaid")
    probe, resolve = load_function("health/probe_health"), load_function("schedules/resolve_payments")
    plug(relay, Outbox=Mock(backlog=lambda: Backlog(7, 12.5, 2)))
    relay.relay_batch = Mock(side_effect=[BatchResult(1, 1), BatchResult(0, 0)])  # type: ignore[attr-defined]
    plug(measure, Presence=Mock(active_users=lambda: 1), ReadOnlySwitch=Mock(state=lambda: None))
    plug(expire, PaymentsUnitOfWork=Mock(queries=Mock(unpaid_orders=lambda *_, **__: [])))
    due: dict[str, object] = dict.fromkeys(
        ("due_refunds", "due_cancellations", "due_payments", "due_searches"), lambda *_: []
    )
    plug(resolve, PaymentsUnitOfWork=Mock(queries=Mock(oldest_requested_refund=lambda: None, **due)))
    export = load_function("schedules/write_data_exports")
    plug(export, DataExportsUnitOfWork=Mock(exports=Mock(oldest_request=lambda: None)))
    export.begin_next = Mock(side_effect=[Mock(id=1, user_id=17, attempts=5, state="failed"), None])  # type: ignore[attr-defined]
    monkeypatch.setattr("microshop.read_only.current_reason", lambda: None)
    monkeypatch.setattr(socket, "getaddrinfo", Mock(side_effect=socket.gaierror))
    relay.handler(sample_event("events/relay_outbox"), an_execution())
    measure.handler(sample_event("schedules/measure_active_users"), an_execution())
    probe.handler(sample_event("health/probe_health"), an_execution())
    expire.handler(sample_event("schedules/expire_unpaid"), an_execution(milliseconds_left=60_000))
    resolve.handler(sample_event("schedules/resolve_payments"), an_execution(milliseconds_left=60_000))
    export.handler(sample_event("schedules/write_data_exports"), an_execution(milliseconds_left=300_000))
    found = {CheckName.STOCK_DIFFERS_FROM_LEDGER: Findings([], 1)}
    unchecked = (Unchecked("provider:stripe", "it does not answer"),)
    report = Report(NOON, NOON, NOON, found, Findings([], 0), unchecked, covered_since=NOON)
    plug(reconcile, _database=None, Reports=Mock(add=lambda _report: 7), reconcile=report)
    reconcile.handler(sample_event("schedules/reconcile"), an_execution())


def _message(number: int, event_type: str, data: dict[str, Any]) -> dict[str, Any]:
    event_id = f"{number:08}-1111-4111-8111-111111111111"
    message = a_message(event_type=event_type, event_id=event_id, data=data)
    return dict(message)
