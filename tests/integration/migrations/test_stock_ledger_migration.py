"""The migration that adds a stock ledger to a shop whose products have stock."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from microshop.caller import CUSTOMER
from microshop.migrations import runner
from microshop.migrations.files import FOLDER, read_migrations
from microshop.migrations.runner import migrate
from microshop.platform import settings
from microshop.platform.mysql import Database
from microshop.products.queries import ProductQueries
from microshop.users.repository import UserRepository
from tests.support.books import disagreements
from tests.support.builders import a_caller
from tests.support.orders import place
from tests.support.records import movements_of
from tests.support.servers import FreshDatabase, ServerUrls

_INSERT = """
INSERT INTO products (sku, name, description, category, image_urls, price_minor, currency, stock, version, archived,
                      created_at, updated_at)
VALUES (%(sku)s, 'Kettle', '', 'Kitchen', '[]', 1999, 'USD', %(stock)s, 1, %(archived)s, '2026-01-02', '2026-01-02')
"""


@pytest.fixture
def url(server_urls: ServerUrls, tmp_path: Path) -> Iterator[str]:
    """A database with the schema before the ledger."""
    with FreshDatabase(server_urls, purpose="ledger") as fresh:
        _migrate_to(4, fresh.migrations, tmp_path)
        yield fresh.migrations


def _migrate_to(version: int, url: str, folder: Path) -> None:
    for migration in read_migrations()[:version]:
        shutil.copy(FOLDER / migration.name, folder)
    migrate(url, folder)


@pytest.fixture
def shop(url: str) -> Iterator[Database]:
    connection = Database(settings.database_address(url))
    yield connection
    connection.close()


def _put_on_sale(shop: Database, sku: str, stock: int, *, archived: bool = False) -> int:
    return shop.insert(_INSERT, {"sku": sku, "stock": stock, "archived": archived})


def test_the_stock_is_the_first_movement_of_the_ledger(url: str, shop: Database) -> None:
    in_stock, sold_out = _put_on_sale(shop, "A", 12), _put_on_sale(shop, "B", 0)
    archived = _put_on_sale(shop, "C", 3, archived=True)

    migrate(url)

    assert [movements_of(shop, each) for each in (in_stock, sold_out, archived)] == [
        [("received", 12)],
        [],
        [("received", 3)],
    ]
    assert disagreements(shop) == {}


def test_existing_products_get_a_threshold_of_ten(url: str, shop: Database) -> None:
    _put_on_sale(shop, "A", 12)

    migrate(url)

    assert shop.row("SELECT low_stock_threshold FROM products") == {"low_stock_threshold": 10}


def test_existing_products_can_be_ordered(url: str, shop: Database) -> None:
    product_id = _put_on_sale(shop, "A", 12)
    migrate(url)
    customer = UserRepository(shop).add(
        email="ada@example.com", username="Ada", role=CUSTOMER, language="en", password_hash="hash"
    )

    place(shop, a_caller(user_id=customer), [(product_id, 5)])

    product = ProductQueries(shop).by_id(product_id)
    assert product is not None
    assert product.stock == 7
    assert disagreements(shop) == {}


def test_an_interrupted_migration_does_not_open_the_ledger_twice(
    url: str, shop: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    product_id = _put_on_sale(shop, "A", 12)
    _migrate_to(6, url, tmp_path)
    with monkeypatch.context() as interrupted:
        interrupted.setattr(runner, "_MARK_FINISHED", "this is not SQL")
        with pytest.raises(pymysql.err.MySQLError):
            migrate(url)

    assert migrate(url)[0] == "0007_open_stock_ledger.sql"

    assert movements_of(shop, product_id) == [("received", 12)]
