"""The printed report of a reconciliation, and its exit status."""

import copy
from typing import Any

import pytest

from tools.operator.reconciliation import print_report

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
