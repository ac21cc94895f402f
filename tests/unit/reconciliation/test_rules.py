"""Reconciliation: comparison with a provider, names, time windows and reports."""

import re
from copy import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, cast
from unittest.mock import Mock

import pytest

from microshop.errors import Unavailable
from microshop.payments.payment import PAYMENT_STATES, REFUND_STATES, PaymentState, RefundState
from microshop.payments.providers.port import Intent, IntentStatus, ProviderRefund, RefundStatus
from microshop.reconciliation.change_queries import Batch
from microshop.reconciliation.check import BEGINNING, Check, CheckName, RepairName, Window
from microshop.reconciliation.comparison import RecordedPayment, RecordedRefund, compare_payment, compare_refund
from microshop.reconciliation.overdue_queries import OWED
from microshop.reconciliation.reconciling import all_checks, reconcile
from microshop.reconciliation.repairing import REPAIRS
from microshop.reconciliation.report import Finding, Findings, Report
from microshop.reconciliation.slices import Slice, Subject
from microshop.reconciliation.view import report_view
from tests.support.builders import NOON
from tests.support.table_rows import wrong_answers

if TYPE_CHECKING:
    from microshop.reconciliation.queries import Books

_INTENT = Intent("pi_1", "captured", 1999, 1999, "USD", NOON)
_PAYMENT = RecordedPayment(5, 17, "pi_1", "captured", 1999, "USD")
_REFUND = ProviderRefund("re_1", "pi_1", "succeeded", 500, "USD", NOON)
_BOOKED = RecordedRefund(7, 17, 1, "re_1", "pi_1", "succeeded", 500, "USD")


def test_payment_agrees_when_both_or_neither_have_its_money() -> None:
    def compared(status: IntentStatus, state: PaymentState) -> bool | None:
        difference = compare_payment(replace(_INTENT, status=status), replace(_PAYMENT, state=state))
        return difference.is_repairable if difference else None

    rows: list[tuple[str, str, bool | None]] = []
    for status, state in product(["open", "processing", "captured", "cancelled"], PAYMENT_STATES):
        here, there = state in ("captured", "mismatched", "stray"), status == "captured"
        rows.append((status, state, None if here == there else there))
    assert wrong_answers(compared, rows) == []


def test_refund_agrees_when_both_sides_have_it_equally_far() -> None:
    agreeing = {
        ("pending", "requested"),
        ("pending", "pending"),
        ("succeeded", "succeeded"),
        ("failed", "failed"),
    }

    def compared(status: RefundStatus, state: RefundState) -> bool | None:
        difference = compare_refund(replace(_REFUND, status=status), replace(_BOOKED, state=state))
        return difference.is_repairable if difference else None

    pairs = product(["pending", "succeeded", "failed"], REFUND_STATES)
    assert wrong_answers(compared, [(*pair, None if pair in agreeing else True) for pair in pairs]) == []


@pytest.mark.parametrize(("amount", "currency"), [(1998, "USD"), (1999, "EUR")])
def test_difference_of_amount_or_currency_is_not_settled(amount: int, currency: str) -> None:
    payment = compare_payment(_INTENT, replace(_PAYMENT, captured_minor=amount, currency=currency))
    refund = compare_refund(replace(_REFUND, amount_minor=amount, currency=currency), _BOOKED)

    assert payment is not None
    assert refund is not None
    assert not payment.is_repairable
    assert not refund.is_repairable


def test_unknown_payment_is_a_difference_only_when_money_moved() -> None:
    assert compare_payment(None, replace(_PAYMENT, state="started")) is None
    assert compare_payment(replace(_INTENT, status="open"), None) is None
    assert compare_refund(None, replace(_BOOKED, state="requested")) is None
    assert compare_refund(replace(_REFUND, status="failed"), None) is None

    one_sided = [compare_payment(None, _PAYMENT), compare_payment(_INTENT, None), compare_refund(None, _BOOKED)]

    assert [difference.is_repairable for difference in one_sided if difference] == [False, False, False]
    assert all(compare_refund(replace(_REFUND, status=status), None) for status in ("pending", "succeeded"))


def test_refund_without_a_payment_is_not_the_shops() -> None:
    assert compare_refund(replace(_REFUND, intent_reference=None), None) is None


def test_row_is_explained_with_amounts_in_its_currency() -> None:
    check = Check(
        CheckName.MANUAL_REFUND_DUE, "", "", "{left_minor:amount} at {at}, {units} of {left_minor}, {why}", ""
    )
    row = {"left_minor": 1999, "currency": "JPY", "at": NOON, "units": Decimal(3), "why": None}

    assert check.explain(row) == f"1999 JPY at {NOON:%Y-%m-%d %H:%M:%S} UTC, 3 of 1999, none"


def test_every_check_has_its_own_name_and_every_repair_a_check() -> None:
    checks = all_checks({"count_orders": ["OrderPaid"], "alert_low_stock": ["StockLow"]})
    names = [check.name for check in (*checks, OWED)]

    assert len(set(names)) == len(names) - 1, "both consumers share one check, all others have their own"
    assert {check.repair for check in checks if check.repair} == REPAIRS.keys()
    assert OWED.repair is None


class _SlowBooks:
    """Books whose queries for one consumer time out."""

    def rows_in_slice(self, check: Check, _part: Slice, _window: Window) -> list[object]:
        if check.scope == "count_orders":
            raise Unavailable("database", "too slow")
        return []

    def rows_in_state(self, _check: Check, _window: Window, _limit: int) -> tuple[list[object], int]:
        return [], 0


def test_report_names_the_consumer_whose_check_did_not_answer() -> None:
    report = reconcile(
        Window.of_days(1, NOON),
        changes=Mock(changes=lambda *_: iter([Batch(NOON, (Slice(Subject.EVENTS, ids=(1,)),))])),
        progress=Mock(covered_since=lambda _: None),
        inboxes={"count_orders": ["OrderPaid"], "alert_low_stock": ["StockLow"]},
        providers=(),
        find_provider=Mock(),
        wait=Mock(),
        books=cast("Books", _SlowBooks()),
        uow=Mock(),
    )

    assert [each.name for each in report.unchecked] == ["event_not_handled:count_orders"]


def test_every_name_is_an_identifier_with_a_sentence() -> None:
    names = [*CheckName, *RepairName]

    assert [str(name) for name in names] == [name.name.lower() for name in names]
    assert all(re.fullmatch(r"[a-z_]{1,64}", name) for name in names)  # the length of repairs.kind
    assert all(name.sentence.endswith(".") for name in names)
    assert CheckName.STOCK_DIFFERS_FROM_LEDGER.sentence == "Stock differs from the sum of its movements."


def test_events_are_missed_only_within_the_outbox_retention() -> None:
    month, day, always = (Window.of_days(days, NOON, timedelta(days=7)) for days in (35, 1, None))

    assert month.events_since == always.events_since == NOON - timedelta(days=7) + timedelta(hours=1)
    assert (day.events_since, always.since) == (day.since, BEGINNING)


def test_report_counts_findings_beyond_its_list() -> None:
    name = CheckName.STOCK_DIFFERS_FROM_LEDGER
    finding = Finding(name, "product:5", "explanation", "to do", RepairName.SET_STOCK_TO_LEDGER)
    found = {
        name: Findings([replace(finding, repaired=True), finding], 150),
        CheckName.PAID_ORDER_EXPIRED: Findings([], 0),
    }
    report = Report(NOON, NOON, datetime.now(UTC), found, Findings([], 0), ())

    assert (report.disagreements, report.repaired, report.totals) == (149, 1, {name: 150})
    assert len(report_view(report, 1)["findings"]) == 1
