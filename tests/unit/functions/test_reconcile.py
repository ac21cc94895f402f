"""The reconcile function with its sample event: options, answer, metrics and logs."""

from copy import replace
from datetime import timedelta
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import pytest

from microshop.reconciliation.check import BEGINNING, CheckName, Extent
from microshop.reconciliation.report import Finding, Findings, Remaining, Report, Unchecked
from tests.support.builders import NOON, an_execution
from tests.support.functions import load_function, plug, sample_event
from tests.support.output import Output, dimensions_of
from tests.support.table_rows import not_refused

pytestmark = pytest.mark.usefixtures("environment")


def _answer(module: ModuleType, **asked: Any) -> dict[str, Any]:
    answer: dict[str, Any] = module.handler(
        sample_event("schedules/reconcile") | asked, an_execution(milliseconds_left=900_000)
    )
    return answer


def _values(output: Output, name: str) -> list[float]:
    return [value for line in output.metric(name) for value in line[name]]


def _reconcile(monkeypatch: pytest.MonkeyPatch, report: Report) -> tuple[ModuleType, Mock]:
    module, reconcile = load_function("schedules/reconcile"), Mock(return_value=report)
    monkeypatch.setattr(module, "reconcile", reconcile)
    plug(module, _database=None, Reports=Mock(add=lambda _report: 7))
    return module, reconcile


def _report(*findings: Finding, total: int = 0, unchecked: tuple[Unchecked, ...] = ()) -> Report:
    found = {CheckName.STOCK_DIFFERS_FROM_LEDGER: Findings([*findings], total)} if total else {}
    return Report(NOON, NOON, NOON, found, Findings([], 3), unchecked)


def _finding(subject: str, *, repaired: bool = False) -> Finding:
    name, explanation = CheckName.STOCK_DIFFERS_FROM_LEDGER, "It has 3 units and its ledger 4."
    return Finding(name, subject, explanation, "Count it.", repaired=repaired)


def test_reconcile_answers_with_its_report_and_the_reports_id(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _ = _reconcile(monkeypatch, _report(_finding("product:5"), total=1))

    answer = _answer(module)

    assert (answer["report_id"], answer["disagreements"], answer["owed"]["total"]) == (7, 1, 3)
    assert [(finding["check"], finding["subject"]) for finding in answer["findings"]] == [
        ("stock_differs_from_ledger", "product:5")
    ]
    assert answer["checks"] == {"stock_differs_from_ledger": "Stock differs from the sum of its movements."}


def test_reconcile_counts_disagreements_that_were_not_repaired(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    repaired, left = _finding("product:5", repaired=True), _finding("product:6")
    module, _ = _reconcile(monkeypatch, _report(repaired, left, total=120))

    _answer(module)

    assert _values(output, "reconciliation_disagreements") == [119]
    [warning] = [line for line in output.logs if line["level"] == "WARNING"]
    assert (warning["total"], warning["remaining"]) == (120, 119)
    assert (warning["check"], warning["subjects"]) == ("stock_differs_from_ledger", ["product:5", "product:6"])


def test_reconcile_counts_no_disagreement_in_sound_books(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _ = _reconcile(monkeypatch, _report())

    _answer(module)

    assert _values(output, "reconciliation_disagreements") == [0]
    assert output.metric("system_errors_total") == []
    assert [line["level"] for line in output.logs] == ["INFO"]


@pytest.mark.parametrize(
    "shown",
    [
        {"unchecked": (Unchecked("changes:orders", "the time was over"),)},
        {"extent": Extent.PERIOD},
        {"remaining": (Remaining("orders", 1, 2),)},
    ],
    ids=["unchecked", "period", "unfinished"],
)
def test_reconcile_reports_no_agreement_before_everything_is_known(
    output: Output, monkeypatch: pytest.MonkeyPatch, shown: dict[str, Any]
) -> None:
    report = _report()
    for some in (report, replace(_report(_finding("product:5"), total=1), **shown), replace(report, **shown)):
        module, _ = _reconcile(monkeypatch, some)
        _answer(module)

    assert _values(output, "reconciliation_disagreements") == [0, 1]


def test_reconcile_reports_for_how_long_some_rows_were_not_compared(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    for covered_since in (None, NOON - timedelta(days=3)):
        module, _ = _reconcile(monkeypatch, replace(_report(), covered_since=covered_since))
        _answer(module)

    assert _values(output, "reconciliation_coverage_days") == [3]


def test_reconcile_stops_before_its_timeout_and_after_its_seconds(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, reconcile = _reconcile(monkeypatch, _report())
    now = Mock(return_value=0)
    monkeypatch.setattr(module.time, "monotonic", now)
    left = Mock(return_value=900_000)
    module.handler({"full": True, "seconds": 60}, Mock(get_remaining_time_in_millis=left))
    stops = [reconcile.call_args.kwargs[name] for name in ("must_stop", "must_end")]

    at_first = [stop() for stop in stops]
    now.return_value = 61
    after_a_minute = [stop() for stop in stops]
    left.return_value = 59_000

    assert (at_first, after_a_minute, [stop() for stop in stops]) == ([False, False], [True, False], [True, True])


@pytest.mark.parametrize(
    ("asked", "extent", "days"),
    [
        ({}, Extent.NIGHTLY, 35),
        ({"days": 3}, Extent.PERIOD, 3),
        ({"full": True}, Extent.FULL, 35),
        ({"days": None}, Extent.FULL, None),
        ({"full": "yes"}, Extent.NIGHTLY, 35),
    ],
)
def test_reconcile_compares_what_the_event_requests(
    output: Output, monkeypatch: pytest.MonkeyPatch, asked: dict[str, object], extent: Extent, days: int | None
) -> None:
    module, reconcile = _reconcile(monkeypatch, _report())

    _answer(module, **asked)

    window = reconcile.call_args.args[0]
    assert (window.extent, window.since == BEGINNING) == (extent, days is None)
    assert days is None or window.now - window.since == timedelta(days=days)


def test_reconcile_refuses_seconds_that_are_not_a_whole_number(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _ = _reconcile(monkeypatch, _report())

    assert (
        not_refused(
            lambda seconds: _answer(module, seconds=seconds), [0, -1, "60", None], "seconds must be a positive whole"
        )
        == []
    )


def test_reconcile_counts_checks_without_an_answer(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _ = _reconcile(monkeypatch, _report(unchecked=(Unchecked("provider:stripe", "it does not answer"),)))

    _answer(module)

    [line] = output.metric("system_errors_total")
    assert (line["system_errors_total"], dimensions_of(line)["type"]) == ([1.0], "reconciliation")
    assert output.logs[0]["what"] == "provider:stripe"


def test_reconcile_repairs_only_on_request(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    module, reconcile = _reconcile(monkeypatch, _report())

    cases: list[dict[str, object]] = [{}, {"repair": False}, {"repair": "yes"}, {"repair": 1}, {"repair": True}]
    for asked in cases:
        _answer(module, **asked)

    assert [call.kwargs["repairs"] for call in reconcile.call_args_list] == [False] * 4 + [True]


def test_repair_is_logged_with_its_operator(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _ = _reconcile(monkeypatch, _report(_finding("product:5", repaired=True), total=1))

    for asked in ({}, {"repair": True}):
        _answer(module, **asked, operator="ada")

    [line] = [line for line in output.logs if line["message"] == "operator action"]
    assert (line["action"], line["operator"], line["repaired"]) == ("repair", "ada", 1)


def test_reconcile_checks_the_inboxes_that_the_template_names(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    module, reconcile = _reconcile(monkeypatch, _report())

    _answer(module)

    assert reconcile.call_args.kwargs["inboxes"] == {"count_orders": ["OrderPaid"]}


@pytest.mark.parametrize(("asked", "days"), [({}, 35), ({"days": 1}, 1), ({"days": 400}, 400)])
def test_reconcile_looks_back_as_many_days_as_requested(
    output: Output, monkeypatch: pytest.MonkeyPatch, asked: dict[str, int], days: int
) -> None:
    module, reconcile = _reconcile(monkeypatch, _report())

    _answer(module, **asked)

    window = reconcile.call_args.args[0]
    assert window.now - window.since == timedelta(days=days)


def test_reconcile_looks_at_everything_when_days_is_null(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    module, reconcile = _reconcile(monkeypatch, _report())

    _answer(module, days=None)

    assert reconcile.call_args.args[0].since == BEGINNING


def test_reconcile_refuses_days_that_are_not_a_whole_number(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    module, reconcile = _reconcile(monkeypatch, _report())

    assert (
        not_refused(
            lambda days: _answer(module, days=days), [0, -1, 1.5, "35", True], "days must be a positive whole number"
        )
        == []
    )
    reconcile.assert_not_called()


def test_reconcile_looks_back_the_configured_days_by_default(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILIATION_DAYS", "10")
    module, reconcile = _reconcile(monkeypatch, _report())

    for asked in ({}, {"days": 3}):
        _answer(module, **asked)

    windows = [call.args[0] for call in reconcile.call_args_list]
    assert [(window.now - window.since).days for window in windows] == [10, 3]


def test_reconcile_misses_no_event_beyond_the_outbox_retention(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTBOX_RETENTION_DAYS", "3")
    module, reconcile = _reconcile(monkeypatch, _report())

    _answer(module)

    window = reconcile.call_args.args[0]
    assert window.events_since > window.now - timedelta(days=3)
