"""The data of `make load-data`: it agrees with the shop's rules, and an interrupted load continues."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from microshop.listings.indexing import index_listing
from microshop.migrations.runner import migrate
from microshop.orders.numbers import end_order_id, first_order_id
from microshop.orders.paging import OrderFilter
from microshop.orders.queries import OrderQueries
from microshop.platform.mysql import Database, Row
from microshop.platform.settings import ServerAddress, database_address
from microshop.reconciliation.check import Window
from microshop.reconciliation.queries import Books
from microshop.reconciliation.reconciling import all_checks
from microshop.reconciliation.slices import Slice
from tests.support.consumers import inboxes
from tests.support.event_types import schema_of
from tests.support.orders import a_customer
from tests.support.servers import FreshDatabase, ServerUrls
from tests.support.tables import row_counts
from tests.support.use_cases import catalogue
from tools.load_data.__main__ import main
from tools.load_data.loading import Loader
from tools.load_data.run import Sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

# Batches are small, so that the loads of these sizes have several.
_BATCH_SIZE, _SIZES = 400, Sizes(products=500, users=50, orders=1500)
_EVENTS = "SELECT event_id, type, aggregate, detail FROM outbox"


class _Interrupted(Database):
    """A connection whose user presses Ctrl-C at a statement."""

    def __init__(self, address: ServerAddress, at: int) -> None:
        super().__init__(address)
        self._left = at

    def execute(self, sql: str, parameters: object = (), *, idempotent: bool = False) -> int:
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt
        return super().execute(sql, parameters, idempotent=idempotent)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def address(server_urls: ServerUrls) -> Iterator[ServerAddress]:
    """An empty shop's database, with a user that may create tables."""
    with FreshDatabase(server_urls, purpose="load_data") as urls:
        migrate(urls.migrations)
        yield database_address(urls.migrations)


@pytest.fixture(scope="module")
def loaded(address: ServerAddress) -> Iterator[Database]:
    """The database after a load that was interrupted five times, at statements of different parts."""
    for at in (8, 15, 20, 40, 60):
        with closing(_Interrupted(address, at)) as interrupted, pytest.raises(KeyboardInterrupt):
            _load(interrupted, _SIZES)
    with closing(Database(address)) as database:
        _load(database, _SIZES)
        yield database


def _load(database: Database, sizes: Sizes) -> bool:
    loader = Loader(database, inboxes=inboxes(), password_hash="-", progress=lambda *_: None, batch_size=_BATCH_SIZE)
    return loader.load(sizes)


def _rows_of(database: Database, table: str) -> set[tuple[object, ...]]:
    return {tuple(row.values()) for row in database.rows(f"SELECT * FROM {table}")}  # noqa: S608 - a table's name


def _disagreements(database: Database) -> dict[str, list[Row]]:
    books, window = Books(database), Window.of_days(None, datetime.now(UTC))
    found = {
        check.scoped_name: books.rows_in_slice(check, Slice(check.about), window)[:3]
        if check.about
        else books.rows_in_state(check, window, 3)[0]
        for check in all_checks(inboxes())
    }
    return {name: rows for name, rows in found.items() if rows}


def test_an_interrupted_load_continues_without_duplicates(loaded: Database) -> None:
    counts = row_counts(loaded)

    assert [counts[table] for table in ("products", "users", "orders")] == [500, 50, 1500]
    assert not _load(loaded, _SIZES)
    assert row_counts(loaded) == {**counts, "load_data_runs": 1}


def test_reconciliation_finds_nothing_wrong_with_loaded_data(loaded: Database) -> None:
    assert _disagreements(loaded) == {}
    assert row_counts(loaded)["inbox"] > 0


def test_loaded_orders_can_be_read_and_their_ids_grow_with_time(loaded: Database) -> None:
    orders = OrderQueries(loaded).page(OrderFilter(), None, 1500)

    assert {order.status for order in orders} >= {"confirmed", "delivered", "returned", "cancelled", "expired"}
    assert all(first_order_id(order.created_at) <= order.id < end_order_id(order.created_at) for order in orders)
    assert all(
        sum(line.unit_price_minor * line.quantity for line in order.lines) == order.subtotal_minor for order in orders
    )


def test_loaded_events_match_their_schemas(loaded: Database) -> None:
    for row in loaded.rows(_EVENTS):
        schema = schema_of(row["type"])
        detail = {"$defs": schema.get("$defs", {}), **schema["properties"]["detail"]}
        Draft202012Validator(detail).validate(json.loads(row["detail"]))


def test_loaded_listings_are_indexed_as_the_shop_indexes_them(loaded: Database) -> None:
    derived = ("listings", "shelf_entries", "search_postings", "search_documents", "search_words", "search_deletions")
    before = {table: _rows_of(loaded, table) for table in derived}
    uow = catalogue(loaded)

    for row in loaded.rows("SELECT id FROM listings"):
        with uow:
            uow.listings.lock(row["id"])
            index_listing(row["id"], uow)
            uow.commit()

    assert row_counts(loaded)["listings"] == row_counts(loaded)["products"]
    assert {table: _rows_of(loaded, table) for table in derived} == before
    assert min(map(len, before.values())) > 100


def test_larger_totals_add_the_difference(loaded: Database) -> None:
    a_customer(loaded)

    assert _load(loaded, Sizes(products=600, users=50, orders=2000))

    counts = row_counts(loaded)
    assert [counts[table] for table in ("products", "users", "orders")] == [600, 51, 2000]
    assert _disagreements(loaded) == {}


def test_only_a_database_on_this_machine_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["load_data", "--database", "mysql://a:b@shop.example.com/microshop"])

    with pytest.raises(SystemExit, match="only into a database on this one"):
        main()
