"""The shops of the benchmark: their databases, and values that their queries ask for."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from microshop.migrations.runner import migrate
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.platform.settings import database_address, redis_address
from microshop.users.presence import KEY
from tests.benchmarks.data_size.work import add_work
from tests.support.consumers import inboxes
from tools import ROOT
from tools.load_data.loading import Loader
from tools.load_data.run import Sizes
from tools.local.servers.database import Database as DatabaseServer
from tools.local.servers.processes import Processes
from tools.local.servers.redis import Redis as RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.report import Progress

# The pool holds a third of the large shop, as a server of a shop of this size would.
_SETTINGS = ("--innodb-buffer-pool-size=3G",)
_FOLDER = Path(os.environ.get("DATA_SIZE_FOLDER") or ROOT / ".microshop-benchmark")
# For queries of the catalogue. Its other tables are too small for the lists of the benchmark.
SMALL_CATALOGUE = Sizes(products=1000, users=100, orders=5000)
# Large enough that the lists of the benchmark fill a page, and counts their 1,000 rows: of the 50 categories, the
# smallest has 670 products. A smaller shop would read less because it has less.
SMALL = Sizes(products=50_000, users=1000, orders=10_000)
_SECONDS_PER_STATEMENT = 3600


def large_sizes() -> Sizes:
    """Returns the sizes of the large shop."""
    products, users, orders = (int(os.environ.get(f"DATA_SIZE_{name}") or default) for name, default in (
        ("PRODUCTS", 1_000_000), ("USERS", 100_000), ("ORDERS", 2_000_000)
    ))  # fmt: skip
    return Sizes(products, users, orders)


@dataclass(frozen=True)
class Samples:
    """Values that occur in every shop: rows in the middle of the tables, and totals that as many orders reach."""

    product_id: int
    late_product_id: int
    order_id: int
    late_order_id: int
    order_number: str
    user_id: int
    email: str
    payment_reference: str
    refund_reference: str
    refund_id: int
    few_total: int
    some_total: int
    now: datetime


@dataclass(frozen=True)
class Shop:
    """A shop of one size."""

    name: str
    sizes: Sizes
    database: Database
    redis: Redis
    samples: Samples


@contextlib.contextmanager
def running_database(progress: Progress) -> Iterator[str]:
    """Run the benchmark's own server, unless MICROSHOP_MIGRATION_DATABASE_URL names one. The value is its URL."""
    if url := os.environ.get("MICROSHOP_MIGRATION_DATABASE_URL"):
        yield url
        return
    database = DatabaseServer(_FOLDER, durable=False, progress=progress, settings=_SETTINGS)
    with _running(_FOLDER, database, stop_timeout=120):
        yield database.migration_url


@contextlib.contextmanager
def running_shops(database_url: str, large: Sizes, progress: Progress) -> Iterator[tuple[Shop, Shop, Shop]]:
    """Load what is missing in the databases of the shops, and start their Redis.

    The value are the shops with a small catalogue, with few orders, and with many rows of everything.
    """
    with tempfile.TemporaryDirectory(prefix="microshop-benchmark-") as folder:
        redis = RedisServer(Path(folder), durable=False)
        with _running(Path(folder), redis, redis.stop_timeout):
            redis_url = redis.url.rpartition("/")[0]
            yield (
                _shop("catalogue", SMALL_CATALOGUE, database_url, f"{redis_url}/3", progress),
                _shop("small", SMALL, database_url, f"{redis_url}/1", progress),
                _shop("large", large, database_url, f"{redis_url}/2", progress),
            )


@contextlib.contextmanager
def _running(folder: Path, server: DatabaseServer | RedisServer, stop_timeout: float) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    processes = Processes(folder / "run")
    processes.stop_orphans()
    child = processes.start(server.prepare())
    try:
        child.wait_until(server.is_ready, 120)
        yield
    finally:
        processes.stop(child, stop_timeout)


def _shop(name: str, sizes: Sizes, server_url: str, redis_url: str, progress: Progress) -> Shop:
    url = urlsplit(server_url)._replace(path=f"/microshop_{name}").geturl()
    server = Database(database_address(server_url))
    server.execute(f"CREATE DATABASE IF NOT EXISTS microshop_{name} CHARACTER SET utf8mb4")
    server.close()
    migrate(url)
    loading = Database(database_address(url), read_timeout_seconds=_SECONDS_PER_STATEMENT)
    loader = Loader(
        loading,
        inboxes=inboxes(),
        password_hash="-",
        progress=lambda part, done, total: progress(f"{name} shop: {part} {done:,} of {total:,}"),
        card_provider="stripe",
        languages=("en",),
    )
    loader.load(sizes)
    add_work(loading, sizes)
    samples = _samples(loading, sizes)
    loading.close()
    # The connection of the functions, apart from its timeout.
    database = Database(database_address(url), read_timeout_seconds=_SECONDS_PER_STATEMENT)
    return Shop(name, sizes, database, _redis_with_active_users(redis_url, sizes.users), samples)


def _redis_with_active_users(url: str, users: int) -> Redis:
    redis, now = Redis(redis_address(url)), int(datetime.now(UTC).timestamp())
    for first in range(0, users, 1000):
        members = [value for user in range(first, min(first + 1000, users)) for value in (now, user)]
        redis.command("ZADD", KEY, *members)
    return redis


_MIDDLE = """
SELECT orders.id, orders.order_number, payments.reference
FROM orders
JOIN payments ON payments.order_id = orders.id AND payments.reference IS NOT NULL
WHERE orders.id >= %(id)s
ORDER BY orders.id
LIMIT 1
"""
# A customer whose orders fill a page.
_CUSTOMER = """
SELECT user_id, COUNT(*) AS placed
FROM orders
GROUP BY user_id
HAVING placed >= 25
ORDER BY placed, user_id
LIMIT 1
"""


def _samples(database: Database, sizes: Sizes) -> Samples:
    products, orders = (_ends(database, table) for table in ("products", "orders"))
    middle = _row(database, _MIDDLE, id=_at(orders, 0.5))
    user_id = _row(database, _CUSTOMER)["user_id"]
    refund = _row(database, "SELECT id, reference FROM refunds ORDER BY id LIMIT 1")
    return Samples(
        product_id=_at(products, 0.5),
        late_product_id=_at(products, 0.2),
        order_id=middle["id"],
        late_order_id=_at(orders, 0.2),
        order_number=middle["order_number"],
        user_id=user_id,
        email=_row(database, "SELECT email FROM users WHERE id = %(id)s", id=user_id)["email"],
        payment_reference=middle["reference"],
        refund_reference=refund["reference"],
        refund_id=refund["id"],
        few_total=_total_of(database, 15),
        some_total=_total_of(database, sizes.orders // 300),
        now=datetime.now(UTC) + timedelta(seconds=1),
    )


def _ends(database: Database, table: str) -> tuple[int, int]:
    row = _row(database, f"SELECT MIN(id) AS first, MAX(id) AS last FROM {table}")  # noqa: S608 - two tables
    return row["first"], row["last"]


def _at(ends: tuple[int, int], share: float) -> int:
    return int(ends[0] + (ends[1] - ends[0]) * share)


def _total_of(database: Database, rank: int) -> int:
    sql = "SELECT total_minor FROM orders ORDER BY total_minor DESC LIMIT 1 OFFSET %(rank)s"
    return int(_row(database, sql, rank=rank)["total_minor"])


def _row(database: Database, sql: str, **values: object) -> dict[str, Any]:
    row = database.row(sql, values)
    assert row is not None, sql
    return row
