"""The demo data of `make run`: a small shop in two languages, which does not change while the shop runs."""

from collections.abc import Iterator

import pytest

from microshop.listings.indexing import index_version
from microshop.listings.repository import ListingRepository
from microshop.platform.mysql import Database
from microshop.search.queries import SearchQueries
from tests.support.builders import an_execution
from tests.support.functions import forget_connections, load_function, sample_event
from tools.demo.catalogue_files import LANGUAGES, read_catalogue
from tools.demo.data import load_demo_data

_STATES = "SELECT status, COUNT(*) AS orders FROM orders GROUP BY status ORDER BY status"
_AN_HOUR_LATER = "UPDATE orders SET expires_at = expires_at - INTERVAL 1 HOUR"
_OF_PREVIOUS_RELEASE = """
INSERT INTO products (sku, name, description, category, image_urls, price_minor, currency, stock, version, archived,
                      created_at, updated_at)
VALUES ('COF-001', 'Coffee', '', 'coffee-and-tea', '[]', 1190, 'USD', 0, 1, FALSE, NOW(6), NOW(6))
"""
# A search, its language, and the English name of a listing that must be among the first three results.
_SEARCHES = [
    ("coffee", "en", "Guji Coffee"),
    ("espresso", "en", "Lighthouse Espresso"),
    ("green tea", "en", "Sencha Green Tea"),
    ("linen shirt red", "en", "Linen Shirt"),
    ("kettel", "en", "Gooseneck Kettle"),
    ("head", "en", "Head Torch"),
    ("northlight tent", "en", "Ridge Tent"),
    ("MUG-003", "en", "Stoneware Mug"),
    ("t-shirt navy", "en", "Organic Cotton T-Shirt"),
    ("harbour", "en", "Spice Harbour: A Board Game"),
    ("咖啡", "zh", "Guji Coffee"),
    ("意式咖啡", "zh", "Lighthouse Espresso"),
    ("龙井", "zh", "Longjing Green Tea"),
    ("衬衫", "zh", "Oxford Shirt"),
    ("红色 衬衫", "zh", "Linen Shirt"),
    ("保温杯", "zh", "Insulated Bottle"),
    ("帐篷", "zh", "Ridge Tent"),
    ("T恤", "zh", "Organic Cotton T-Shirt"),
    ("蓝牙耳机", "zh", "Wireless Earbuds"),
    ("月亮", "zh", "The Moon Is Late: A Picture Book"),
]


@pytest.fixture
def servers(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "microshop")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "microshop")
    forget_connections()
    yield database_url, redis_url
    forget_connections()


def test_the_unpaid_demo_order_does_not_expire(database: Database, servers: tuple[str, str]) -> None:
    load_demo_data(*servers, lambda _: None)
    states = database.rows(_STATES)

    database.execute(_AN_HOUR_LATER)
    expire_unpaid = load_function("schedules/expire_unpaid")
    run = expire_unpaid.handler(sample_event("schedules/expire_unpaid"), an_execution(milliseconds_left=60_000))

    assert {row["status"]: row["orders"] for row in states}["pending"] == 1
    assert run == {"expired": 0, "failed": 0, "left": 0}
    assert database.rows(_STATES) == states


def test_demo_orders_are_in_every_state_without_a_provider(database: Database, servers: tuple[str, str]) -> None:
    load_demo_data(*servers, lambda _: None)

    assert sum(row["orders"] for row in database.rows(_STATES)) == 10


def test_searches_of_the_demo_shop_find_what_customers_mean(database: Database, servers: tuple[str, str]) -> None:
    load_demo_data(*servers, lambda _: None)
    queries, listings = SearchQueries(database), ListingRepository(database)

    missed = {}
    for text, language, expected in _SEARCHES:
        found = [listings.read(listing_id) for listing_id in queries.find(text, language, None, 3).ids]
        names = [listing.texts["en"].name for listing in found if listing]
        if expected not in names:
            missed[text] = names

    assert missed == {}


def test_demo_listings_are_indexed_and_dated(database: Database, servers: tuple[str, str]) -> None:
    load_demo_data(*servers, lambda _: None)

    rows = database.rows("SELECT state, index_version, in_stock, created_at FROM listings ORDER BY id")
    [draft] = database.rows("SELECT COUNT(*) AS products FROM products WHERE hidden_by_listing")

    assert len(rows) == len(read_catalogue().listings)
    assert {row["index_version"] for row in rows} == {index_version(LANGUAGES)}
    dates = [row["created_at"] for row in rows]
    assert dates == sorted(dates)
    assert len(set(dates)) == len(dates)
    assert {row["in_stock"] for row in rows if row["state"] == "active"} == {0, 1}
    assert draft["products"] == 4


def test_demo_data_leaves_the_products_of_an_existing_shop(database: Database, servers: tuple[str, str]) -> None:
    database.execute(_OF_PREVIOUS_RELEASE)

    load_demo_data(*servers, lambda _: None)

    assert database.rows("SELECT sku, listing_id FROM products") == [{"sku": "COF-001", "listing_id": None}]
    assert database.rows("SELECT id FROM listings") == []
