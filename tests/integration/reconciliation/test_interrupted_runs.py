"""Runs that end early, crash, or run at the same time: no slice is left out."""

import contextlib
import itertools
from collections.abc import Callable

import pytest

from microshop.errors import Unavailable
from microshop.platform.mysql import Row
from microshop.reconciliation.check import Check, CheckName, Extent, Window
from microshop.reconciliation.passes import PASS_SUBJECTS
from microshop.reconciliation.progress_repository import Progress
from microshop.reconciliation.queries import Books
from microshop.reconciliation.slices import Slice, Subject
from tests.integration.conftest import Connect
from tests.support.catalogue import put_on_sale
from tests.support.paid_shop import PaidShop

_PRODUCTS = 7


class _Killed(Exception):
    """The end of a process."""


class _Countdown:
    """Counts the calls down, and is true from the last one on."""

    def __init__(self, calls: int) -> None:
        self.calls = calls

    def __call__(self) -> bool:
        self.calls -= 1
        return self.calls < 0


class _Kill(_Countdown):
    """Kills the run at a call."""

    def __call__(self) -> bool:
        if super().__call__():
            raise _Killed
        return False


@pytest.fixture
def broken(shop: PaidShop, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Products whose stock differs from the ledger, one in each slice of 2 products."""
    monkeypatch.setattr("microshop.reconciliation.scanning.SLICE_ROWS", 2)
    monkeypatch.setattr("microshop.reconciliation.passes.SLICE_ROWS", 2)
    products = [put_on_sale(shop.database, stock=5) for _ in range(_PRODUCTS)]
    for _ in range(3):
        shop.pay(shop.place(1))
        shop.deliver_events()
    shop.database.execute("UPDATE products SET stock = stock + 1 WHERE id IN %(ids)s", {"ids": products[::2]})
    return set(products[::2])


def _known(shop: PaidShop) -> set[int]:
    check = CheckName.STOCK_DIFFERS_FROM_LEDGER
    return {product_id for ids in Progress(shop.database).known(check) for product_id in ids}


@pytest.mark.parametrize("extent", [Extent.NIGHTLY, Extent.FULL])
@pytest.mark.parametrize("ends", [_Countdown, _Kill], ids=["out of time", "killed"])
def test_a_run_that_ends_at_any_slice_loses_nothing(
    shop: PaidShop, broken: set[int], extent: Extent, ends: Callable[[int], _Countdown]
) -> None:
    for calls in itertools.count(1):
        end = ends(calls)
        with contextlib.suppress(_Killed):
            shop.reconcile(extent=extent, must_stop=end)
        if end.calls >= 0:
            break
    last = shop.reconcile(extent=extent)

    assert calls > len(PASS_SUBJECTS), "it was interrupted between its parts too"
    assert (last.remaining, last.unchecked) == ((), ())
    assert {finding.subject for finding in last.findings} == {f"product:{product_id}" for product_id in broken}
    assert _known(shop) == broken


def test_a_full_run_continues_where_it_stopped(
    shop: PaidShop, broken: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = _read_slices(monkeypatch)

    reports = [shop.reconcile(must_stop=_Countdown(3)) for _ in range(3)]
    reports.append(shop.reconcile())

    assert [bool(report.remaining) for report in reports] == [True, True, True, False]
    assert sorted(read) == sorted(set(read)), "no slice was read twice"
    assert {finding.subject for finding in reports[-1].findings} == {f"product:{product_id}" for product_id in broken}
    assert (Progress(shop.database).covered_since(PASS_SUBJECTS)) is not None


def test_an_unfinished_full_run_reports_how_far_it_is(shop: PaidShop, broken: set[int]) -> None:
    shop.reconcile()

    report = shop.reconcile(must_stop=_Countdown(3))

    assert [(each.name, each.rows_read, each.expected_rows) for each in report.remaining][:2] == [
        ("products", 6, 8),
        ("orders", 0, 3),
    ]
    assert not report.shows_agreement


def test_what_a_query_did_not_answer_is_compared_in_the_next_run(shop: PaidShop, broken: set[int]) -> None:
    class SlowBooks(Books):
        def rows_in_slice(self, check: Check, part: Slice, window: Window) -> list[Row]:
            if check.name is CheckName.STOCK_DIFFERS_FROM_LEDGER and not part.ids:
                raise Unavailable("database", "too slow")
            return super().rows_in_slice(check, part, window)

    slow = shop.reconcile(extent=Extent.NIGHTLY, books=SlowBooks(shop.database))
    covered_since = slow.covered_since
    last = shop.reconcile(extent=Extent.NIGHTLY, must_stop=_Countdown(1))

    assert ([each.name for each in slow.unchecked], slow.shows_agreement) == (["stock_differs_from_ledger"], False)
    assert covered_since is not None, "the other checks are complete"
    assert {finding.subject for finding in last.findings} == {f"product:{product_id}" for product_id in broken}


def test_a_provider_gets_only_the_time_that_is_left(shop: PaidShop) -> None:
    shop.provider.pay(shop.start(shop.place()))
    shop.deliver_events()

    reports = [shop.reconcile(must_end=_Countdown(calls)) for calls in (0, 100)]

    assert [[each.name for each in report.unchecked] for report in reports] == [["provider:stripe"], []]
    assert [report.disagreements for report in reports] == [0, 1]


def test_a_nightly_run_without_time_says_what_it_did_not_compare(shop: PaidShop, broken: set[int]) -> None:
    shop.reconcile(extent=Extent.NIGHTLY, minutes_later=0)

    report = shop.reconcile(extent=Extent.NIGHTLY, must_stop=lambda: True)

    assert {each.name for each in report.unchecked} >= {"known", "changes:orders"}
    assert {each.name for each in report.remaining} == set(PASS_SUBJECTS)
    assert (report.disagreements, report.shows_agreement) == (0, False)


def test_runs_at_the_same_time_share_a_pass(
    shop: PaidShop, broken: set[int], connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = _read_slices(monkeypatch)
    other = PaidShop(connect())
    other.provider = shop.provider
    calls = itertools.count()

    def meanwhile() -> bool:
        if next(calls) in (1, 4):
            other.reconcile(must_stop=_Countdown(2))
        return False

    shop.reconcile(must_stop=meanwhile)

    slices = {(first, end) for subject, first, end in read if subject is Subject.PRODUCTS}
    assert len({first for first, _ in slices}) == len(slices), "no slice begins within another"
    assert {end for _, end in slices} - {first for first, _ in slices} == {Slice(Subject.PRODUCTS).end}
    assert _known(shop) == broken


def _read_slices(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Subject, int, int]]:
    """Records the slices by ranges that the first check of each subject reads."""
    read: list[tuple[Subject, int, int]] = []
    original = Books.rows_in_slice

    def record(self: Books, check: Check, part: Slice, window: Window) -> object:
        if check.name is CheckName.STOCK_DIFFERS_FROM_LEDGER and not part.ids:
            read.append((part.subject, part.first, part.end))
        return original(self, check, part, window)

    monkeypatch.setattr(Books, "rows_in_slice", record)
    return read
