"""Rows that a night's reconciliation reads, with few orders and with many: `python -m tests.benchmarks.reconciliation`.

MICROSHOP_BENCHMARK_ORDERS sets the larger number of orders, half of which is the number of products. The data are those
of `make load-data`.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from microshop.migrations.runner import migrate
from microshop.platform.mysql import Database
from microshop.platform.settings import database_address
from microshop.reconciliation.change_queries import ChangeQueries
from microshop.reconciliation.check import Extent, Window
from microshop.reconciliation.overdue_queries import OWED
from microshop.reconciliation.passes import NIGHTS, PASS_SUBJECTS
from microshop.reconciliation.progress_repository import Progress as Positions
from microshop.reconciliation.queries import Books
from microshop.reconciliation.reconciling import all_checks
from microshop.reconciliation.scanning import Scanner, Work
from microshop.reconciliation.slices import Changes
from tests.benchmarks.popular_product import compare_popular_product
from tests.benchmarks.report import Progress, Section, Table, main
from tests.support.consumers import inboxes
from tests.support.query_cost import rows_read
from tests.support.servers import FreshDatabase, TestServers
from tools.load_data.__main__ import progress_lines
from tools.load_data.loading import Loader
from tools.load_data.run import Sizes

_SMALL_ORDERS, _LARGE_ORDERS = 5_000, 200_000
_CHANGED_ORDERS = 500
_SECONDS_PER_STATEMENT = 3600
_CHECKS = (*all_checks(inboxes()), OWED)
# What a day changes: each of the last orders, its payment and its refund, and the stock of products all over the
# catalogue, because the first ones are the most popular.
_DAY = (
    "CREATE TABLE changed (PRIMARY KEY (id)) SELECT id FROM orders ORDER BY id DESC LIMIT %(orders)s",
    "UPDATE orders JOIN changed USING (id) SET updated_at = %(at)s",
    "UPDATE payments JOIN changed ON changed.id = order_id SET updated_at = %(at)s",
    "UPDATE refunds JOIN changed ON changed.id = order_id SET updated_at = %(at)s",
    (
        "INSERT INTO stock_movements (product_id, kind, quantity, reason, created_at) "
        "SELECT id, 'adjusted', 1, 'a count', %(at)s FROM products WHERE id MOD %(every)s = 0"
    ),
    "UPDATE products SET stock = stock + 1 WHERE id MOD %(every)s = 0",
)
_CHANGED = f"{_CHANGED_ORDERS} changed orders, payments and products"
_SHARE = f"a part of all rows, 1/{NIGHTS} or 10,000 rows of each table"
_STATES = "rows in a state that needs work"
_NIGHT = "**a night**: the three above"
_FIRST_PASS = "everything: the first night, or `FULL=yes`"


@dataclass(frozen=True)
class _Cost:
    rows: int
    seconds: float


def measure(progress: Progress) -> Section:
    """Measure the parts of a run in a small and in a large database, one after the other on the same server."""
    large = int(os.environ.get("MICROSHOP_BENCHMARK_ORDERS", _LARGE_ORDERS))
    servers = TestServers()
    try:
        urls = servers.urls()
        costs = []
        for orders in (_SMALL_ORDERS, large):
            with FreshDatabase(urls, purpose="benchmark") as fresh, _loaded(fresh.migrations, orders, progress) as data:
                costs.append(_measured(data, progress))
                if orders == large:
                    progress("a popular product")
                    popular = compare_popular_product(data, datetime.now(UTC) + timedelta(hours=2))
                version = str((data.row("SELECT VERSION() AS version") or {})["version"])
    finally:
        servers.stop()
    return _section(large, costs, popular, version)


@contextmanager
def _loaded(url: str, orders: int, progress: Progress) -> Iterator[Database]:
    migrate(url)
    with closing(Database(database_address(url), read_timeout_seconds=_SECONDS_PER_STATEMENT)) as database:
        loader = Loader(
            database,
            inboxes=inboxes(),
            password_hash="-",
            progress=progress_lines(lambda line: progress(f"{orders:,} orders: {line}")),
        )
        loader.load(Sizes(max(orders // 2, 1000), max(orders // 20, 100), orders))
        yield database


def _measured(database: Database, progress: Progress) -> dict[str, _Cost]:
    # Nothing else has changed since the last hour of this run's last run: all runs have the same work.
    now = datetime.now(UTC) + timedelta(hours=2)
    window, positions = Window.of_days(35, now, extent=Extent.NIGHTLY), Positions(database)
    scanner, books = Scanner(_CHECKS, window, ChangeQueries(database), positions), Books(database)
    for record in Changes:
        positions.set_mark(record, now - timedelta(minutes=30))
    products = database.row("SELECT COUNT(*) AS count FROM products") or {"count": 0}
    every = max(1, products["count"] // _CHANGED_ORDERS)
    for statement in _DAY:
        database.execute(statement, {"orders": _CHANGED_ORDERS, "every": every, "at": now - timedelta(hours=1)})
    database.execute("DROP TABLE changed")

    def part_of_passes() -> Iterable[Work]:
        return (work for subject in PASS_SUBJECTS for work in scanner.share(subject))

    progress("comparing slices")
    changed = (work for record in Changes for work in scanner.changed(record))
    costs = {
        _CHANGED: _cost(database, lambda: _compare(books, changed, window)),
        _FIRST_PASS: _cost(database, lambda: _compare(books, part_of_passes(), window)),
        _SHARE: _cost(database, lambda: _compare(books, part_of_passes(), window)),
        _STATES: _cost(database, lambda: _compare_states(books, window)),
    }
    night = [costs[part] for part in (_CHANGED, _SHARE, _STATES)]
    costs[_NIGHT] = _Cost(sum(cost.rows for cost in night), sum(cost.seconds for cost in night))
    return costs


def _compare(books: Books, slices: Iterable[Work], window: Window) -> None:
    for work in slices:
        for check in work.checks:
            rows = books.rows_in_slice(check, work.part, window)
            if rows and check is not OWED:
                raise RuntimeError(f"the loaded data disagree: {check.name} {rows[0]}")


def _compare_states(books: Books, window: Window) -> None:
    for check in _CHECKS:
        if check.about is None:
            books.rows_in_state(check, window, 100)


def _cost(database: Database, compare: Callable[[], None]) -> _Cost:
    began = time.perf_counter()
    rows = rows_read(database, compare)
    return _Cost(rows, time.perf_counter() - began)


def _section(large: int, costs: list[dict[str, _Cost]], popular: Table, version: str) -> Section:
    few, many = costs
    rows = [
        (name, few[name].rows, many[name].rows, many[name].rows / max(few[name].rows, 1), few[name].seconds,
         many[name].seconds)
        for name in (_CHANGED, _SHARE, _STATES, _NIGHT, _FIRST_PASS)
    ]  # fmt: skip
    few_data, many_data = f"{_SMALL_ORDERS:,} orders", f"{large:,} orders and {large // 2:,} products"
    return Section(
        "Reconciliation",
        (
            f"The data of `make load-data`: {few_data} and half as many products, then {many_data}, on one server.",
            "Rows are those that the server reads (`Handler_read%`), without the comparison with the provider.",
            "The ledger of a changed product is read from its beginning. A popular product is in the larger shop.",
        ),
        (Table(("", "rows, few", "rows, many", "ratio", "s, few", "s, many"), tuple(rows)), popular),
        versions={"database": version},
    )


if __name__ == "__main__":
    main(measure)
