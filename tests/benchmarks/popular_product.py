"""A product with a million movements that changes all night: what reconciliation reads of its ledger."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from microshop.reconciliation.change_queries import ChangeQueries
from microshop.reconciliation.check import CheckName, Extent, Window
from microshop.reconciliation.progress_repository import Progress
from microshop.reconciliation.queries import Books
from microshop.reconciliation.scanning import Scanner
from microshop.reconciliation.slices import Changes, Slice, Subject
from microshop.reconciliation.stock_queries import STOCK_CHECKS
from tests.benchmarks.report import Table
from tests.support.query_cost import rows_read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from microshop.platform.mysql import Database

_OLD_POWER, _NEW_POWER = 6, 5
_TEN = f"({' UNION ALL '.join(['SELECT 1 AS n'] * 10)})"
_SUM = next(check for check in STOCK_CHECKS if check.name is CheckName.STOCK_DIFFERS_FROM_LEDGER)


def compare_popular_product(database: Database, now: datetime) -> Table:
    """Give a product its movements, the last ones after all others, and compare it. Changes of `now` are older."""
    product = database.row("SELECT id FROM products ORDER BY id LIMIT 1 OFFSET 500")
    if product is None:
        raise RuntimeError("there are too few products")
    _add(database, product["id"], _OLD_POWER, now)
    mark = now + timedelta(hours=4)
    _add(database, product["id"], _NEW_POWER, mark)
    window = Window.of_days(35, mark + timedelta(hours=1), extent=Extent.NIGHTLY)
    books, changes, positions = Books(database), ChangeQueries(database), Progress(database)
    positions.set_mark(Changes.STOCK_MOVEMENTS, mark)
    since = mark - timedelta(hours=1)
    batches = (batch.slices for batch in changes.changes(Changes.STOCK_MOVEMENTS, since, window.now))
    scanner = Scanner((_SUM,), window, changes, positions)

    def row(name: str, parts: Iterable[Slice]) -> tuple[str, int, float]:
        sums = 0

        def compare() -> None:
            nonlocal sums
            for part in parts:
                sums += product["id"] in part.ids
                if found := books.rows_in_slice(_SUM, part, window):
                    raise RuntimeError(f"the ledger disagrees: {found[0]}")

        began = time.perf_counter()
        rows = rows_read(database, compare)
        return f"{name}: {sums} sums" if sums > 1 else name, rows, time.perf_counter() - began

    return Table(
        ("", "rows", "s"),
        (
            row("its sum", [Slice(Subject.PRODUCTS, ids=(product["id"],))]),
            row("its changes, summed once a run", (work.part for work in scanner.changed(Changes.STOCK_MOVEMENTS))),
            row(
                "its changes, summed for each batch of 1,000, as in earlier releases",
                (part for parts in batches for part in parts if part.subject is Subject.PRODUCTS),
            ),
        ),
        f"A product with {10**_OLD_POWER + 10**_NEW_POWER:,} movements, {10**_NEW_POWER:,} of them since the last run",
    )


def _add(database: Database, product_id: int, power: int, at: datetime) -> None:
    """Add 10 to the `power` movements, and their units."""
    values = {"id": product_id, "units": 10**power, "at": at}
    database.execute(
        "INSERT INTO stock_movements (product_id, kind, quantity, reason, created_at) "  # noqa: S608 - constants
        f"SELECT %(id)s, 'adjusted', 1, 'a count', %(at)s "
        f"FROM {', '.join(f'{_TEN} AS t{number}' for number in range(power))}",
        values,
    )
    database.execute("UPDATE products SET stock = stock + %(units)s WHERE id = %(id)s", values)
