"""Runs every query in a small and the large shop, in turns, and compares the rows that the server reads."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

from microshop.cursors import Count
from tests.benchmarks.data_size.queries import QUERIES
from tests.benchmarks.data_size.query import CATALOGUE
from tests.benchmarks.data_size.shops import SMALL, SMALL_CATALOGUE, large_sizes, running_database, running_shops
from tests.benchmarks.report import Section, Table
from tests.support.query_cost import rows_read

if TYPE_CHECKING:
    from tests.benchmarks.data_size.query import Query
    from tests.benchmarks.data_size.shops import Shop
    from tests.benchmarks.report import Cell, Progress
    from tools.load_data.run import Sizes

_GOAL = 1.3
_ROUNDS = 7
_SLOW_SECONDS = 2.0


def measure(progress: Progress) -> Section:
    """Measure all queries on the benchmark's own server."""
    with running_database(progress) as url:
        return measure_at(url, large_sizes(), "Queries by the size of the shop", progress)


def measure_at(database_url: str, large: Sizes, title: str, progress: Progress) -> Section:
    """Measure all queries on a server, with a large shop of these sizes."""
    with running_shops(database_url, large, progress) as shops:
        rows: list[tuple[Cell, ...]] = []
        growing, fuller = list[str](), list[str]()
        for number, query in enumerate(QUERIES, 1):
            progress(f"{number} of {len(QUERIES)}: {query.group}, {query.name}")
            small = shops[0] if query.group in CATALOGUE else shops[1]
            measured = _measured(query, (small, shops[2]))
            rows.append((query.group, query.name, *measured.milliseconds, *measured.rows, measured.growth))
            if measured.growth > _GOAL:
                (fuller if measured.finds_more else growing).append(f"{query.name} ({query.group})")
        version = shops[0].database.rows("SELECT VERSION() AS version")[0]["version"]
    server = f"{'MariaDB' if 'MariaDB' in version else 'MySQL'} {version.split('-')[0]}"
    return _section(title, rows, growing, fuller, sizes=large, server=server)


class _Measured(NamedTuple):
    """Of both shops: the median time, the rows read and the number of results."""

    milliseconds: tuple[float, float]
    rows: tuple[int, int]
    results: tuple[int, int]

    @property
    def growth(self) -> float:
        """How many times as many rows are read in the large shop."""
        return self.rows[1] / max(self.rows[0], 1)

    @property
    def finds_more(self) -> bool:
        """Whether the growth is about that of the number of results."""
        small, large = self.results
        return large > small and self.growth < 2.5 * large / max(small, 1)


def _measured(query: Query, shops: tuple[Shop, Shop]) -> _Measured:
    read, results = [], []
    for shop in shops:
        query.run(shop)  # the first access to a table after a start of the server reads its statistics too
        rows = rows_read(shop.database, lambda: results.append(query.run(shop)))  # noqa: B023
        read.append(rows)
    times: tuple[list[float], ...] = ([], [])
    for _ in range(_ROUNDS):
        for shop, taken in zip(shops, times, strict=True):
            began = time.perf_counter()
            query.run(shop)
            taken.append(time.perf_counter() - began)
        if sum(map(sum, times)) > _SLOW_SECONDS:
            break
    small, large = (statistics.median(taken) * 1000 for taken in times)
    return _Measured((small, large), (read[0], read[1]), (_size(results[0]), _size(results[1])))


def _size(result: object) -> int:
    return len(result) if isinstance(result, list) else result.value if isinstance(result, Count) else 0


def _words(sizes: Sizes) -> str:
    return f"{sizes.products:,} products, {sizes.users:,} customers and {sizes.orders:,} orders"


def _section(
    title: str, rows: list[tuple[Cell, ...]], growing: list[str], fuller: list[str], *, sizes: Sizes, server: str
) -> Section:
    flat = len(rows) - len(growing) - len(fuller)
    goal = (
        f"The goal is at most {_GOAL} times as many rows in the large shop. {flat} of {len(rows)} queries reach it."
        + (f" These read more because they find more: {'; '.join(fuller)}." if fuller else "")
        + f" These grow: {'; '.join(growing) or 'none'}."
    )
    shops = (
        f"Every query of the product, through its own query classes, in a small shop and in one with {_words(sizes)} of"
        f" a year (`make load-data`). Lists are pages of 20. For queries of the catalogue, the small shop has"
        f" {SMALL_CATALOGUE.products:,} products, each in a listing of its own; for the others it has {_words(SMALL)},"
        " enough that lists fill a page and counts reach 1,000 rows."
    )
    rows_and_times = (
        "Rows are those that the server reads for one call (`Handler_read%`), also of indexes and temporary tables."
        " Times are medians of seven calls, the two shops in turns."
    )
    bounded = (
        "A request for a list of listings tests at most 1,000 candidates, and reads about three rows for each. Facets"
        " count at most 1,000 listings, a count stops at 1,000. Where the small shop has fewer candidates than that,"
        " the large shop reads more rows, up to this limit."
    )
    header = ("", "Query", "Small, ms", "Large, ms", "Small, rows", "Large, rows", "Rows, large ÷ small")
    table = Table(header, tuple(rows))
    name, version = server.split()
    return Section(title, (shops, rows_and_times, goal, bounded), (table,), versions={name: version})
