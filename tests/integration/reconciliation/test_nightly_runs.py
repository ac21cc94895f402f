"""Nightly runs: they find what is new among the changes, what is old in the passes, and what they have found before."""

from datetime import timedelta

import pytest

from microshop.reconciliation.check import CheckName, Extent
from microshop.reconciliation.reconciling import all_checks
from microshop.reconciliation.report import Report
from tests.support.book_faults import FAULTY_CHECKS, age, break_books, orders_to_break
from tests.support.consumers import inboxes
from tests.support.paid_shop import PaidShop

_EVENT_CHECKS = {CheckName.ORDER_EVENT_WITHOUT_CHANGE, CheckName.EVENT_NOT_HANDLED}
_A_DAY = 24 * 60


def _found(report: Report) -> set[CheckName]:
    owed = {CheckName.MANUAL_REFUND_DUE} if report.owed.total else set()
    return report.checks_with_findings | owed


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of 4 rows, and passes of 3 nights."""
    monkeypatch.setattr("microshop.reconciliation.scanning.SLICE_ROWS", 4)
    monkeypatch.setattr("microshop.reconciliation.passes.SLICE_ROWS", 4)
    monkeypatch.setattr("microshop.reconciliation.passes.NIGHTS", 3)


@pytest.fixture
def no_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that do not read old rows."""
    monkeypatch.setattr("microshop.reconciliation.reconciling.PASS_SUBJECTS", ())


@pytest.fixture
def no_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that do not look for changes."""
    monkeypatch.setattr("microshop.reconciliation.reconciling.Changes", ())


def test_there_is_a_fault_for_every_check_that_reads_slices() -> None:
    sliced = {check.name for check in all_checks(inboxes()) if check.about is not None}

    assert sliced | {CheckName.MANUAL_REFUND_DUE} == FAULTY_CHECKS


@pytest.mark.usefixtures("no_passes")
def test_a_new_disagreement_is_found_among_the_changes(shop: PaidShop) -> None:
    orders = orders_to_break(shop)
    age(shop)
    before = shop.reconcile(extent=Extent.NIGHTLY)
    break_books(shop, orders)

    after = shop.reconcile(extent=Extent.NIGHTLY)

    assert (_found(before), before.unchecked) == (set(), ())
    assert _found(after) >= FAULTY_CHECKS


@pytest.mark.usefixtures("no_changes", "small_slices")
def test_an_old_disagreement_is_found_within_the_nights_of_a_pass(shop: PaidShop) -> None:
    orders = orders_to_break(shop)
    assert _found(shop.reconcile(extent=Extent.NIGHTLY)) == set()
    break_books(shop, orders)
    shop.database.execute("DELETE FROM outbox WHERE event_id = 'a-fault'")

    nights = [shop.reconcile(extent=Extent.NIGHTLY, minutes_later=night * _A_DAY) for night in range(1, 4)]

    assert _found(nights[0]) < _found(nights[-1]), "a night reads a part"
    assert _found(nights[-1]) >= FAULTY_CHECKS - _EVENT_CHECKS


def test_a_full_run_finds_every_disagreement(shop: PaidShop) -> None:
    break_books(shop, orders_to_break(shop))

    assert _found(shop.reconcile()) >= FAULTY_CHECKS


@pytest.mark.usefixtures("no_passes")
def test_a_known_disagreement_is_reported_until_it_is_corrected(shop: PaidShop) -> None:
    shop.reconcile(extent=Extent.NIGHTLY)
    order_id = shop.place()
    shop.deliver_events()
    shop.database.execute("UPDATE order_lines SET returned = 1 WHERE order_id = %(id)s", {"id": order_id})
    found = shop.reconcile(extent=Extent.NIGHTLY)
    age(shop)

    again = shop.reconcile(extent=Extent.NIGHTLY)
    shop.database.execute("UPDATE order_lines SET returned = 0 WHERE order_id = %(id)s", {"id": order_id})
    corrected = [shop.reconcile(extent=Extent.NIGHTLY) for _ in range(2)]

    assert [report.disagreements for report in (found, again, *corrected)] == [1, 1, 0, 0]
    assert shop.database.rows("SELECT * FROM reconciliation_findings") == []


def test_a_disagreement_is_counted_once_although_two_parts_of_a_run_find_it(shop: PaidShop) -> None:
    shop.database.execute("UPDATE order_lines SET returned = 1 WHERE order_id = %(id)s", {"id": shop.place()})
    shop.deliver_events()

    reports = [shop.reconcile(extent=Extent.NIGHTLY) for _ in range(2)]

    assert [report.totals for report in reports] == [{CheckName.RETURNED_QUANTITY_DIFFERS_FROM_MOVEMENTS: 1}] * 2


@pytest.mark.usefixtures("no_passes")
def test_a_change_that_was_committed_late_is_found(shop: PaidShop) -> None:
    order_id = shop.place()
    age(shop)
    shop.reconcile(extent=Extent.NIGHTLY, minutes_later=0)
    # The transaction began before the run, and ended after it.
    shop.database.execute(
        "UPDATE orders SET version = 2, updated_at = UTC_TIMESTAMP(6) - INTERVAL 10 MINUTE WHERE id = %(id)s",
        {"id": order_id},
    )

    assert CheckName.HISTORY_LENGTH_DIFFERS_FROM_VERSION in _found(shop.reconcile(extent=Extent.NIGHTLY))


@pytest.mark.usefixtures("small_slices")
def test_the_age_of_the_oldest_read_row_stays_below_two_passes(shop: PaidShop) -> None:
    for _ in range(5):
        shop.place(1)
    reports = [shop.reconcile(extent=Extent.NIGHTLY, minutes_later=night * _A_DAY) for night in range(10)]

    ages = [report.until - report.covered_since for report in reports if report.covered_since]

    assert len(ages) == len(reports)
    assert timedelta(days=1) < max(ages) < timedelta(days=6)
