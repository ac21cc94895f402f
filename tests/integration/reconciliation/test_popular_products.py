"""Products with many movements: a run sums a ledger once, and a sum that takes too long holds nothing else up."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from microshop.errors import Unavailable
from microshop.platform.mysql import Database, Row
from microshop.reconciliation import reconciling
from microshop.reconciliation.check import Check, CheckName, Extent, Window
from microshop.reconciliation.progress_repository import Progress
from microshop.reconciliation.queries import Books
from microshop.reconciliation.reconciling import never
from microshop.reconciliation.report import Report
from microshop.reconciliation.slices import Changes, Slice, Subject
from microshop.reconciliation.stock_queries import STOCK_CHECKS
from tests.support.catalogue import put_on_sale
from tests.support.paid_shop import PaidShop
from tests.support.query_cost import ExplainingDatabase

_SUM = next(check for check in STOCK_CHECKS if check.name is CheckName.STOCK_DIFFERS_FROM_LEDGER)
_MOVE = """
INSERT INTO stock_movements (product_id, kind, quantity, reason, created_at)
VALUES (%(id)s, 'adjusted', 1, 'a count', %(at)s)
"""
_TEN = f"({' UNION ALL '.join(['SELECT 1 AS n'] * 10)})"
# A hundred billion rows for each order.
_ENDLESS = f"""
SELECT MIN(orders.id) AS order_id, SUM(t0.n) AS found
FROM orders, {", ".join(f"{_TEN} AS t{number}" for number in range(11))}
WHERE {{chosen[orders.id]}}
"""  # noqa: S608 - constants
_SLICE_WITHOUT_ANSWER = Check(CheckName.SUBTOTAL_DIFFERS_FROM_LINES, _ENDLESS, "order", "", "", about=Subject.ORDERS)
_STATE_WITHOUT_ANSWER = Check(
    CheckName.ORDER_REVIEW_OVERDUE, _ENDLESS.format(chosen={"orders.id": "TRUE"}), "order", "", ""
)

pytestmark = pytest.mark.usefixtures("small_batches")


class _RecordingBooks(Books):
    """Counts the sums of each product's ledger."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.sums = Counter[int]()

    def rows_in_slice(self, check: Check, part: Slice, window: Window) -> list[Row]:
        rows = super().rows_in_slice(check, part, window)
        if check.name is _SUM.name:
            self.sums.update(part.ids)
        return rows


class _SlowBooks(_RecordingBooks):
    """No sum of a list with one of these products is answered. `refused` counts these sums."""

    def __init__(self, database: Database, *products: int) -> None:
        super().__init__(database)
        self.products = set(products)
        self.refused = 0

    def rows_in_slice(self, check: Check, part: Slice, window: Window) -> list[Row]:
        if check.name is _SUM.name and self.products.intersection(part.ids):
            self.refused += 1
            raise Unavailable("database", "too slow")
        return super().rows_in_slice(check, part, window)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of 3 changes, and runs that do not read old rows."""
    monkeypatch.setattr("microshop.reconciliation.change_queries._BATCH_ROWS", 3)
    monkeypatch.setattr("microshop.reconciliation.reconciling.PASS_SUBJECTS", ())


def _move(shop: PaidShop, *products: int, at: datetime | None = None) -> None:
    """Add a movement of each product, and its unit to the stock."""
    for product_id in products:
        shop.database.execute(_MOVE, {"id": product_id, "at": at or datetime.now(UTC)})
        shop.database.execute("UPDATE products SET stock = stock + 1 WHERE id = %(id)s", {"id": product_id})


def _break(shop: PaidShop, product_id: int) -> None:
    """Add a movement without its unit."""
    shop.database.execute(_MOVE, {"id": product_id, "at": datetime.now(UTC)})


def _nightly(shop: PaidShop, books: Books, must_stop: Callable[[], bool] = never, minutes_later: int = 0) -> Report:
    return shop.reconcile(extent=Extent.NIGHTLY, books=books, must_stop=must_stop, minutes_later=minutes_later)


def _subjects(report: Report) -> set[str]:
    return {finding.subject for finding in report.findings}


def test_a_product_that_changes_in_every_batch_is_summed_once_a_run(shop: PaidShop) -> None:
    popular, others = shop.product_id, [put_on_sale(shop.database) for _ in range(4)]
    for other in others:
        _move(shop, popular, other, popular)
    first, second = _RecordingBooks(shop.database), _RecordingBooks(shop.database)

    _nightly(shop, first)
    _nightly(shop, second)

    assert first.sums == second.sums == Counter([popular, *others])


def test_a_known_disagreement_that_changes_is_summed_once_a_run(shop: PaidShop) -> None:
    _break(shop, shop.product_id)
    books = _RecordingBooks(shop.database)

    reports = [_nightly(shop, Books(shop.database)), _nightly(shop, books)]

    assert [report.disagreements for report in reports] == [1, 1]
    assert books.sums == {shop.product_id: 1}


def test_an_order_with_two_changed_payments_is_compared_once(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.pay(order_id)
    compared = Counter[str]()

    class OrderBooks(Books):
        def rows_in_slice(self, check: Check, part: Slice, window: Window) -> list[Row]:
            if order_id in part.ids and check.about is Subject.ORDERS:
                compared[check.scoped_name] += 1
            return super().rows_in_slice(check, part, window)

    _nightly(shop, OrderBooks(shop.database))

    assert CheckName.ORDER_DIFFERS_FROM_DISPUTES in compared, "a check that two records lead to"
    assert set(compared.values()) == {1}


def test_a_change_after_the_comparison_is_found_by_the_next_run(shop: PaidShop) -> None:
    class ChangingBooks(_RecordingBooks):
        def rows_in_slice(self, check: Check, part: Slice, window: Window) -> list[Row]:
            before = self.sums.total()
            rows = super().rows_in_slice(check, part, window)
            if before == 0 < self.sums.total():
                _break(shop, shop.product_id)
            return rows

    _move(shop, *[shop.product_id] * 9)

    reports = [_nightly(shop, books) for books in (ChangingBooks(shop.database), Books(shop.database))]

    assert [_subjects(report) for report in reports] == [set(), {f"product:{shop.product_id}"}]


def test_a_mark_is_never_later_than_the_beginning_of_its_run(shop: PaidShop) -> None:
    began = datetime.now(UTC)
    _move(shop, shop.product_id, at=began + timedelta(minutes=50))

    _nightly(shop, Books(shop.database))

    assert Progress(shop.database).marks()[Changes.STOCK_MOVEMENTS] < began + timedelta(minutes=10)


def test_a_slow_sum_is_reported_and_the_rest_of_its_list_is_compared(shop: PaidShop) -> None:
    broken, popular = put_on_sale(shop.database), shop.product_id
    _break(shop, broken)
    _break(shop, popular)

    slow = [_nightly(shop, _SlowBooks(shop.database, popular)) for _ in range(2)]
    quick = _nightly(shop, Books(shop.database))

    for report in slow:
        assert _subjects(report) == {f"product:{broken}"}
        assert [(each.name, f"product {popular}" in each.reason) for each in report.unchecked] == [(_SUM.name, True)]
    assert (_subjects(quick), quick.unchecked) == ({f"product:{broken}", f"product:{popular}"}, ())


def test_a_slow_list_without_a_slow_product_is_compared_in_one_run(shop: PaidShop) -> None:
    class BusyBooks(_RecordingBooks):
        def rows_in_slice(self, check: Check, part: Slice, window: Window) -> list[Row]:
            if check.name is _SUM.name and len(part.ids) > 1:
                raise Unavailable("database", "too slow")
            return super().rows_in_slice(check, part, window)

    products = [shop.product_id, put_on_sale(shop.database)]
    _break(shop, products[1])
    books = BusyBooks(shop.database)

    report = _nightly(shop, books)

    assert (_subjects(report), report.unchecked) == ({f"product:{products[1]}"}, ())
    assert books.sums == Counter(products)


def test_the_mark_stays_if_the_time_is_over_within_a_slow_list(shop: PaidShop) -> None:
    _nightly(shop, Books(shop.database))
    before = Progress(shop.database).marks()[Changes.STOCK_MOVEMENTS]
    popular, last = shop.product_id, put_on_sale(shop.database)
    _move(shop, popular)
    _break(shop, last)
    books = _SlowBooks(shop.database, popular)

    report = _nightly(shop, books, must_stop=lambda: books.refused == 2, minutes_later=5)  # the list, and the product

    assert Progress(shop.database).marks()[Changes.STOCK_MOVEMENTS] == before
    assert "changes:stock_movements" in {each.name for each in report.unchecked}
    assert _subjects(_nightly(shop, Books(shop.database))) == {f"product:{last}"}


def test_a_check_that_does_not_answer_is_reported_and_the_others_go_on(
    shop: PaidShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microshop.reconciliation.queries._MAX_SECONDS", 1)
    monkeypatch.setattr(reconciling, "BOOK_CHECKS", (_SLICE_WITHOUT_ANSWER, _SUM))
    order_id = shop.place()
    shop.deliver_events()
    _break(shop, shop.product_id)

    report = _nightly(shop, Books(shop.database))

    assert _subjects(report) == {f"product:{shop.product_id}"}
    [missed] = report.unchecked
    assert (missed.name, "more than 1 s" in missed.reason) == (_SLICE_WITHOUT_ANSWER.name, True)
    assert list(Progress(shop.database).known(_SLICE_WITHOUT_ANSWER.name)) == [(order_id,)], "the next run compares it"


def test_a_state_that_does_not_answer_is_reported(shop: PaidShop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.place()
    monkeypatch.setattr("microshop.reconciliation.queries._MAX_SECONDS", 1)
    monkeypatch.setattr(reconciling, "BOOK_CHECKS", (_STATE_WITHOUT_ANSWER,))

    report = _nightly(shop, Books(shop.database))

    assert [each.name for each in report.unchecked] == [CheckName.ORDER_REVIEW_OVERDUE]


def test_a_ledger_is_summed_within_its_index(shop: PaidShop) -> None:
    database = ExplainingDatabase(shop.database)

    Books(database).rows_in_slice(
        _SUM, Slice(Subject.PRODUCTS, ids=(shop.product_id,)), Window.of_days(1, datetime.now(UTC))
    )

    [ledger] = [row for row in database.plan if row["table"] == "stock_movements"]
    assert (ledger["key"], "Using index" in ledger["Extra"]) == ("stock_movements_by_product", True)
