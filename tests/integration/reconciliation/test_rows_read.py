"""Rows that reconciliation reads: they depend on what has changed and on the slice, not on the size of the tables."""

from collections.abc import Callable, Iterator, Sized
from contextlib import closing
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from microshop.migrations.runner import migrate
from microshop.platform.mysql import Database
from microshop.platform.settings import database_address
from microshop.reconciliation.change_queries import ChangeQueries
from microshop.reconciliation.check import BEGINNING, Check, Window
from microshop.reconciliation.overdue_queries import OWED
from microshop.reconciliation.queries import Books
from microshop.reconciliation.reconciling import all_checks
from microshop.reconciliation.slices import Changes, Slice, Subject
from tests.support.consumers import inboxes
from tests.support.query_cost import rows_read
from tests.support.servers import FreshDatabase, ServerUrls
from tools.load_data.loading import Loader
from tools.load_data.run import Sizes

_CHECKS = (*all_checks(inboxes()), OWED)
_SMALL, _LARGE = Sizes(products=150, users=50, orders=600), Sizes(products=1500, users=50, orders=6000)
# Below them, one row more is a larger ratio than the limit, or only a small table has a
# certain plan. A scan of all orders would read 30 rows a thing.
_FEW_ROWS, _FEW_ROWS_A_THING = 60, 8
_MAX_RATIO = 1.3
_IDS = 200
# Without events: the ids of loaded events are not in the order of their times.
_TIMES = {
    Changes.ORDERS: ("orders", "updated_at"),
    Changes.PAYMENTS: ("payments", "updated_at"),
    Changes.REFUNDS: ("refunds", "updated_at"),
    Changes.STOCK_MOVEMENTS: ("stock_movements", "created_at"),
    Changes.PUBLISHED_EVENTS: ("outbox", "published_at"),
}


class _Cost(NamedTuple):
    """The rows that a check reads for so many ids."""

    rows: int
    things: int

    @property
    def average(self) -> float:
        return self.rows / self.things


@pytest.fixture(scope="module")
def costs(server_urls: ServerUrls) -> Iterator[tuple[dict[str, _Cost], dict[str, _Cost]]]:
    """The rows that each check reads, with few orders and with ten times as many."""
    with FreshDatabase(server_urls, purpose="rows_read") as urls:
        migrate(urls.migrations)
        with closing(Database(database_address(urls.migrations), read_timeout_seconds=60)) as database:
            loader = Loader(database, inboxes=inboxes(), password_hash="-", progress=lambda *_: None)
            measured = []
            for sizes in (_SMALL, _LARGE):
                loader.load(sizes)
                measured.append(_costs(database))
            yield measured[0], measured[1]


def _costs(database: Database) -> dict[str, _Cost]:
    books, window = Books(database), Window.of_days(35, datetime.now(UTC))

    def states(check: Check) -> _Cost:
        return _Cost(rows_read(database, lambda: books.rows_in_state(check, window, 100)), 1)

    def part_of(check: Check, part: Slice, things: int) -> _Cost:
        return _Cost(rows_read(database, lambda: books.rows_in_slice(check, part, window)), things)

    found = {check.scoped_name: states(check) for check in _CHECKS if check.about is None}
    for subject in Subject:
        for kind, (part, things) in _parts(database, subject).items():
            some = (check for check in _CHECKS if check.about is subject)
            found |= {f"{check.scoped_name} of {kind}": part_of(check, part, things) for check in some}
    return found | _costs_of_finding(database)


def _costs_of_finding(database: Database) -> dict[str, _Cost]:
    """The rows that are read to find what has changed, where a slice ends, and what the provider must have."""
    changes, ledger, now = ChangeQueries(database), Books(database).ledger_of("stripe"), datetime.now(UTC)

    def found_by(find: Callable[[], Sized]) -> _Cost:
        things = 0

        def count() -> None:
            nonlocal things
            things = len(find())

        rows = rows_read(database, count)
        return _Cost(rows, max(things, 1))

    def changed(record: Changes) -> list[int]:
        batches = changes.changes(record, _last_time(database, record), now)
        return [each for batch in batches for part in batch.slices for each in part.ids]

    since = _last_time(database, Changes.PAYMENTS)
    return {
        **{f"changes of {record}": found_by(lambda record=record: changed(record)) for record in _TIMES},  # type: ignore[misc]
        **{
            f"a slice of {subject}": _Cost(
                rows_read(database, lambda subject=subject: changes.end_of_slice(subject, 1, _IDS)),  # type: ignore[misc]
                _IDS,
            )
            for subject in Subject
        },
        "payments at the provider": found_by(lambda: [*ledger.holding_money(since, now)]),
        "refunds at the provider": found_by(lambda: [*ledger.succeeded_refunds(since, now)]),
    }


def _last_time(database: Database, record: Changes) -> datetime:
    """The time since when about 50 rows have changed."""
    table, column = _TIMES[record]
    sql = f"SELECT {column} AS at FROM {table} WHERE {column} IS NOT NULL ORDER BY {column} DESC LIMIT 1 OFFSET 50"  # noqa: S608
    row = database.row(sql)
    return row["at"] if row else BEGINNING


def _parts(database: Database, subject: Subject) -> dict[str, tuple[Slice, int]]:
    """Ids from all over the table, and a range in its middle, each with the number of ids.

    Both leave out the last fifth, whose orders are in progress.
    """
    ids = [row["id"] for row in database.rows(f"SELECT id FROM {subject.value} ORDER BY id")]  # noqa: S608
    old, middle = ids[: len(ids) * 4 // 5], len(ids) // 2
    spread = tuple(old[:: max(1, len(old) // _IDS)][:_IDS])
    end = min(middle + _IDS, len(old)) - 1
    return {
        "a list": (Slice(subject, ids=spread), len(spread)),
        "a range": (Slice(subject, ids[middle], ids[end]), end - middle),
    }


def test_no_check_reads_more_when_the_tables_grow(costs: tuple[dict[str, _Cost], dict[str, _Cost]]) -> None:
    small, large = costs

    growing = {
        name: (small[name].rows, small[name].things, cost.rows, cost.things)
        for name, cost in large.items()
        if cost.rows > max(_FEW_ROWS, cost.things * max(_FEW_ROWS_A_THING, small[name].average * _MAX_RATIO))
    }

    assert growing == {}
