"""Loads the demo data into a database. Existing data stays unchanged."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.platform.settings import database_address, redis_address
from microshop.products.stock_repository import StockLedger
from microshop.staff.granting import set_owner
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.users.registration import register
from microshop.users.repository import UserRepository
from microshop.users.schemas import RegisterRequest
from microshop.users.sessions import Sessions
from microshop.users.unit_of_work import UsersUnitOfWork
from microshop.users.user import Language
from tools.demo.orders import load_orders

CURRENCY = "USD"
ADMIN_EMAIL, ADMIN_PASSWORD = "admin@example.com", "admin-password"
CUSTOMER_EMAIL, CUSTOMER_PASSWORD = "customer@example.com", "customer-password"

# Name, address, password, language. Domains for documentation (RFC 2606) have no mailboxes.
_PEOPLE: tuple[tuple[str, str, str, Language], ...] = (
    ("Ada Admin", ADMIN_EMAIL, ADMIN_PASSWORD, "en"),
    ("Casey Customer", CUSTOMER_EMAIL, CUSTOMER_PASSWORD, "en"),
    ("李小雨", "xiaoyu@example.com", CUSTOMER_PASSWORD, "zh"),
    ("Noor Haddad", "noor@example.com", CUSTOMER_PASSWORD, "en"),
    ("Tomás Rivera", "tomas@example.com", CUSTOMER_PASSWORD, "en"),
)
_INSERT_PRODUCT = """
INSERT INTO products (sku, name, description, category, image_urls, price_minor, currency, stock, version, archived,
                      created_at, updated_at)
VALUES (%(sku)s, %(name)s, %(description)s, %(category)s, %(image_urls)s, %(price_minor)s, %(currency)s, %(stock)s, 1,
        FALSE, %(created_at)s, %(created_at)s)
"""


def load_demo_data(
    database_url: str, redis_url: str, say: Callable[[str], None], *, shop_currency: str = CURRENCY
) -> None:
    """Create missing products, users and orders. `say` is called with a line for each kind.

    A shop with another currency than the demo products gets only users, because the products could not be ordered.

    Raises:
        Unavailable: the database or Redis does not answer.
    """
    database = Database(database_address(database_url))
    redis = Redis(redis_address(redis_url))
    has_demo_currency = shop_currency == CURRENCY
    if not has_demo_currency:
        say(f"demo data: accounts only, because the demo products are priced in {CURRENCY}; `make seed` adds them")
    elif products := _load_products(database):
        say(f"demo data: {products} products")
    if people := _load_people(database, redis):
        say(f"demo data: {people} accounts")
    if has_demo_currency and (orders := load_orders(database, CURRENCY, ADMIN_EMAIL)):
        say(f"demo data: {orders} orders")
    database.close()
    redis.close()


def _load_products(database: Database) -> int:
    if database.row("SELECT id FROM products LIMIT 1"):
        return 0
    products = list(demo_products())
    database.begin()
    for product in products:
        StockLedger(database).record_opening_stock(database.insert(_INSERT_PRODUCT, product), None, product["stock"])
    database.commit()
    return len(products)


def demo_products() -> Iterator[dict[str, Any]]:
    """Yields the rows of the catalogue, the oldest first."""
    catalogue = yaml.safe_load((Path(__file__).parent / "catalogue.yaml").read_text(encoding="utf-8"))
    families = [(category, family) for category, members in catalogue.items() for family in members]
    created_at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    # The first variant of every family, then the second, so that the newest products are of many kinds.
    for number in range(5):
        for category, family in families:
            suffix, price_minor, stock = family["variants"][number]
            sku = f"{family['sku']}-{number + 1:03}"
            created_at += timedelta(hours=31)
            yield {
                "sku": sku,
                "name": f"{family['name']} {suffix}",
                "description": family["text"].format(note=family["notes"][number]),
                "category": category,
                "image_urls": json.dumps([]),  # an invented URL would appear as a broken image
                "price_minor": price_minor,
                "currency": CURRENCY,
                "stock": stock,
                "created_at": created_at,
            }


def _load_people(database: Database, redis: Redis) -> int:
    created = 0
    for username, email, password, language in _PEOPLE:
        if UserRepository(database).by_email(email):
            continue
        wanted = RegisterRequest(username=username, email=email, password=password, language=language)
        register(wanted, UsersUnitOfWork(database), shop_name="microshop")
        created += 1
        if email == ADMIN_EMAIL:
            set_owner(email, Sessions(redis), StaffUnitOfWork(database, redis), is_owner=True)
    return created
