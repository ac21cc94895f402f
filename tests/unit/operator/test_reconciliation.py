"""The printed report of a reconciliation, and its exit status."""

import copy
from typing import Any
from unittest.mock import Mock, call

import pytest

from tools.operator.reconciliation import print_report, reconcile

_AGREEING: dict[str, Any] = {
    "report_id": 7,
    "window": {"since": "2026-01-02T12:00:00+00:00", "until": "2026-02-06T12:00:00+00:00"},
    "disagreements": 0,
    "repaired": 0,
    "totals": {},
    "checks": {},
    "findings": [],
    "owed": {"total": 0, "findings": []},
    "unavailable": [],
}
_SENTENCE = "Stock differs from the sum of its movements."
_FINDING = {
    "check": "stock_differs_from_ledger",
    "subject": "product:5",
    "explanation": "Product 5 has 20 units on hand, but its movements add up to 17.",
    "repair": "The stock is set to what the movements add up to.",
    "to_do": "Find the wrong movement.",
    "repaired": False,
}


def _answer(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(_AGREEING), **changes}


def _one_finding(**changes: Any) -> dict[str, Any]:
    check = _FINDING["check"]
    return {"totals": {check: 1}, "checks": {check: _SENTENCE}, "findings": [{**_FINDING, **changes}]}


def test_books_that_agree_end_with_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_report(_answer()) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Reconciliation 7: from 2026-01-02 12:00 UTC to 2026-02-06 12:00 UTC.",
        "",
        "All books agree.",
    ]


def test_disagreement_is_printed_with_its_repair(capsys: pytest.CaptureFixture[str]) -> None:
    status = print_report(_answer(disagreements=1, **_one_finding()))

    printed = capsys.readouterr().out
    assert status == 1
    assert f"stock_differs_from_ledger: 1\n  {_SENTENCE}\n" in printed
    assert "disagrees  product:5: Product 5 has 20 units on hand" in printed
    assert "repair: The stock is set to" in printed
    assert "if the repair does not help: Find the wrong movement." in printed
    assert "1 disagreement remains. Run it with REPAIR=yes" in printed


def test_disagreement_without_a_repair_has_advice(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(_answer(disagreements=1, **_one_finding(repair=None)))

    printed = capsys.readouterr().out
    assert "to do: Find the wrong movement." in printed
    assert "REPAIR=yes" not in printed


def test_repair_is_printed_and_ends_with_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    status = print_report(_answer(repaired=1, **_one_finding(repaired=True)))

    printed = capsys.readouterr().out
    assert status == 0
    assert "repaired  product:5" in printed
    assert "All books agree; 1 repaired." in printed


def test_unavailable_provider_ends_with_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    status = print_report(_answer(unavailable=[{"what": "provider:stripe", "reason": "payments does not answer"}]))

    assert status == 1
    assert "provider:stripe: payments does not answer" in capsys.readouterr().out


def test_refunds_that_are_owed_are_printed_but_do_not_disagree(capsys: pytest.CaptureFixture[str]) -> None:
    owed = {**_FINDING, "subject": "order:17", "explanation": "44.88 USD are to be given back by hand."}

    status = print_report(_answer(owed={"total": 1, "findings": [owed]}))

    assert status == 0
    assert "order:17: 44.88 USD are to be given back by hand." in capsys.readouterr().out


def test_findings_beyond_the_list_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(_answer(disagreements=150, totals={_FINDING["check"]: 150}, findings=[_FINDING]))

    assert "… and 149 more" in capsys.readouterr().out


def test_report_of_an_older_release_keeps_its_check_names(capsys: pytest.CaptureFixture[str]) -> None:
    name = "stock differs from the sum of its ledger"
    answer = _answer(disagreements=1, totals={name: 1}, findings=[{**_FINDING, "check": name}])
    del answer["checks"]

    print_report(answer)

    assert f"{name}: 1\n  disagrees  product:5" in capsys.readouterr().out


def test_a_run_of_tonight_names_what_it_compared(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(_answer(extent="nightly", covered_since="2026-01-20T03:17:00+00:00"))

    assert capsys.readouterr().out.splitlines() == [
        "Reconciliation 7: changes since the last run, known disagreements and a part of all rows.",
        "",
        "Every row was compared at least once since 2026-01-20 03:17 UTC.",
        "",
        "All books agree.",
    ]


def test_what_was_not_reached_in_time_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    remaining = [_remaining("orders", 20_000, 2_000_000), _remaining("refunds", 0, None)]

    print_report(_answer(extent="nightly", covered_since="2026-01-20T03:17:00+00:00", remaining=remaining))

    printed = capsys.readouterr().out
    assert "Not reached in time: orders (20,000 of about 2,000,000 rows read), refunds (0 of all rows read)" in printed
    assert "Every row" not in printed


def test_a_full_run_continues_until_everything_is_read() -> None:
    parts = [
        _answer(extent="full", repaired=2, disagreements=1, remaining=[_remaining("orders", rows, 90_000)])
        for rows in (10_000, 50_000)
    ]
    stack = Mock(invoke=Mock(side_effect=[*parts, _answer(extent="full", remaining=[])]))

    lines, status = _reconciled(stack, full=True)

    assert lines[:2] == [
        "To read: orders (10,000 of about 90,000 rows read); disagreements so far: 1.",
        "To read: orders (50,000 of about 90,000 rows read); disagreements so far: 2.",
    ]
    assert (lines[-1], status) == ("All books agree; 4 repaired.", 0)
    assert stack.invoke.mock_calls == [call("ReconcileFunction", repair=False, full=True, seconds=60)] * 3


def test_a_full_run_that_makes_no_progress_ends() -> None:
    stuck = _answer(
        extent="full",
        remaining=[_remaining("orders", 10_000, 90_000)],
        unavailable=[{"what": "subtotal_differs_from_lines", "reason": "database does not answer"}],
    )
    stack = Mock(invoke=Mock(side_effect=lambda *_, **__: copy.deepcopy(stuck)))

    lines, status = _reconciled(stack, full=True)

    assert (stack.invoke.call_count, status) == (2, 1)
    assert "  subtotal_differs_from_lines: database does not answer" in lines


@pytest.mark.parametrize(("days", "event"), [(None, {}), (3, {"days": 3})])
def test_other_runs_call_the_function_once(days: int | None, event: dict[str, int]) -> None:
    stack = Mock(invoke=Mock(return_value=_answer(remaining=[_remaining("orders", 10_000, 90_000)])))

    _reconciled(stack, days=days)

    assert stack.invoke.mock_calls == [call("ReconcileFunction", repair=False, **event)]


def _remaining(what: str, rows_read: int, expected_rows: int | None) -> dict[str, Any]:
    return {"what": what, "rows_read": rows_read, "expected_rows": expected_rows}


def _reconciled(stack: Mock, *, days: int | None = None, full: bool = False) -> tuple[list[str], object]:
    printed: list[str] = []
    try:
        for line in reconcile(stack, days=days, full=full, repair=False):
            printed.append(line)  # noqa: PERF402 - a list of all lines would be lost at the exit
    except SystemExit as ended:
        return printed, ended.code
    return printed, None
