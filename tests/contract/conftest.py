"""Running shops for tests over HTTP. Each shop starts once per test process."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.servers import FreshDatabase, ServerUrls
from tests.support.shop import NO_DATABASE, NO_REDIS, Customer, Shop, running_shop
from tools.local.servers.aws import Aws
from tools.local.servers.processes import Processes
from tools.local.servers.redis import Redis
from tools.local.stripe.server import Stripe

_BEHIND_SAM = os.environ.get("MICROSHOP_API") == "sam"
# Refuses every request, so that a test sees the answer to too many requests without sending many.
_NOTHING = {
    f"{part}{kind}Limit": "0" for part in ("Stage", "Credential", "Link", "BackOffice") for kind in ("Rate", "Burst")
}

LOW_LIMITS = {
    "SessionRequestsPerMinute": "6",
    "ApiKeyRequestsPerMinute": "4",
    "AccountRequestsPerMinute": "9",
    "AccountOrdersPerHour": "2",
    "AccountPaymentsPerHour": "3",
    "AccountRefundsPerHour": "1",
    "ClientLoginsPerHour": "3",
    "ClientRegistrationsPerHour": "2",
    "ClientMailsPerHour": "2",
    "ClientLinksPerHour": "2",
}
_ROOMY_LIMITS = dict.fromkeys(LOW_LIMITS, "1000")


@pytest.fixture(scope="session")
def shop_servers(server_urls: ServerUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUrls]:
    """Servers that no other test empties."""
    with separate_servers(server_urls, tmp_path_factory.mktemp("servers"), "shop") as servers:
        yield servers


@contextlib.contextmanager
def separate_servers(server_urls: ServerUrls, folder: Path, purpose: str) -> Iterator[ServerUrls]:
    """A separate database on the run's server, a Redis, and two stand-ins."""
    redis, aws, stripe = Redis(folder, durable=False), Aws(folder), Stripe(folder)
    with FreshDatabase(server_urls, purpose=purpose) as urls, _running(folder, redis, aws, stripe):
        yield ServerUrls(urls.application, redis.url, aws.url, stripe.url, urls.migrations)


@pytest.fixture(scope="session")
def shop(shop_servers: ServerUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop with its demo data, and without throttling; with MICROSHOP_API=sam behind `sam local start-api`."""
    with _start_shop()(shop_servers, tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.fixture
def customer(shop: Shop) -> Customer:
    """A fresh account, logged in."""
    return shop.customer()


@pytest.fixture(scope="session")
def somebody(shop: Shop) -> Customer:
    """An account for tests that do not change it."""
    return shop.customer()


@pytest.fixture(scope="session")
def admin(shop: Shop) -> Customer:
    """An account with the role admin."""
    return shop.admin()


@pytest.fixture
def unchanged(shop: Shop, somebody: Customer, admin: Customer) -> Iterator[None]:
    """Fails if the test changes, adds or removes a row."""
    before = shop.contents()
    yield
    assert shop.contents() == before


@pytest.fixture(scope="session")
def throttled_shop(shop_servers: ServerUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose limits are used up."""
    folder = tmp_path_factory.mktemp("throttled")
    with running_shop(shop_servers, folder, throttle=True, migrated=False, **_NOTHING) as running:
        yield running


@pytest.fixture(scope="session")
def strict_shop(shop: Shop, shop_servers: ServerUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The same shop with lower limits: two unpaid orders of a customer, five units of a product in an order."""
    folder = tmp_path_factory.mktemp("strict")
    with running_shop(shop_servers, folder, migrated=False, MaxUnpaidOrders="2", MaxUnitsPerLine="5") as running:
        yield running


@pytest.fixture(scope="session")
def limited_shop(shop: Shop, shop_servers: ServerUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The same shop with low limits on the requests of a caller."""
    folder = tmp_path_factory.mktemp("limited")
    with running_shop(shop_servers, folder, throttle=False, migrated=False, **LOW_LIMITS) as running:
        yield running


@pytest.fixture(scope="session")
def shop_without_redis(
    shop: Shop, shop_servers: ServerUrls, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """The same shop, whose functions cannot reach Redis, and which limits the requests of callers."""
    folder, limits = tmp_path_factory.mktemp("no-redis"), _ROOMY_LIMITS
    with running_shop(shop_servers, folder, redis_url=NO_REDIS, throttle=False, migrated=False, **limits) as running:
        yield running


@pytest.fixture(scope="session")
def shop_without_database(
    shop: Shop, shop_servers: ServerUrls, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """The same shop, whose functions cannot reach the database."""
    folder = tmp_path_factory.mktemp("no-database")
    with running_shop(shop_servers, folder, database_url=NO_DATABASE, migrated=False) as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say where `sam local` is known to differ from AWS."""
    if _BEHIND_SAM:
        from tests.support.sam_differences import expect_differences

        expect_differences(items)


def _start_shop() -> Callable[[ServerUrls, Path], contextlib.AbstractContextManager[Shop]]:
    if _BEHIND_SAM:
        from tests.support.sam_shop import running_sam_shop

        return running_sam_shop
    return running_shop


@contextlib.contextmanager
def _running(folder: Path, *servers: Redis | Aws | Stripe) -> Iterator[None]:
    processes = Processes(folder / "run")
    with contextlib.ExitStack() as stack:
        for server in servers:
            child = processes.start(server.prepare())
            stack.callback(processes.stop, child)
            child.wait_until(server.is_ready, 60)
        yield
