"""The previous release works with the current schema, as it must during a deployment and after a rollback."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from microshop.migrations.files import FOLDER, read_migrations
from microshop.migrations.runner import migrate
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.platform.settings import database_address
from tests.support.books import disagreements
from tests.support.functions import ROOT
from tests.support.product_builders import a_product_body
from tests.support.releases import Release, ReleaseBroken, unpack_previous_release
from tests.support.servers import DatabaseUrls, FreshDatabase, ServerUrls
from tools.local.events.resources import client

_PASSWORD = "correct horse battery"
_STOCK = 100


@dataclass(frozen=True)
class _ShopData:
    """The accounts, product and orders that a release has written."""

    customer: Mapping[str, str]
    admin: Mapping[str, str]
    product: int
    orders: Mapping[str, int]


@pytest.fixture(scope="module")
def previous_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the code of the previous release."""
    return unpack_previous_release(tmp_path_factory.mktemp("previous"))


@pytest.fixture
def urls(server_urls: ServerUrls) -> Iterator[DatabaseUrls]:
    """An empty database."""
    with FreshDatabase(server_urls, purpose="previous") as fresh:
        yield fresh


@pytest.fixture
def environment(urls: DatabaseUrls, redis: Redis, redis_url: str, aws_endpoint_url: str) -> dict[str, str]:
    """The environment variables of functions. Redis is empty, and the event bus exists."""
    events = client("events", aws_endpoint_url)
    # Another worker may have created it.
    with suppress(events.exceptions.ResourceAlreadyExistsException):
        events.create_event_bus(Name="microshop-previous")
    return {
        "STAGE": "test",
        "DATABASE_URL": urls.application,
        "REDIS_URL": redis_url,
        "CURRENCY": "USD",
        "LANGUAGES": "en,zh",
        "SHIPPING_FEE_MINOR": "490",
        "SHOP_NAME": "microshop",
        "FREE_SHIPPING_FROM_MINOR": "5000",
        "TAX_RATE_BASIS_POINTS": "2000",
        "ORDER_EXPIRY_MINUTES": "30",
        "PAYMENT_PROVIDER": "stripe",
        "EVENT_BUS_NAME": "microshop-previous",
        "CONTINUOUS_RELAY": "off",
        "POWERTOOLS_SERVICE_NAME": "microshop",
        "POWERTOOLS_METRICS_NAMESPACE": "microshop",
        "AWS_ENDPOINT_URL": aws_endpoint_url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }


@pytest.fixture
def database(urls: DatabaseUrls) -> Iterator[Database]:
    """A connection to the same database."""
    with closing(Database(database_address(urls.application))) as connection:
        yield connection


def _use_shop(release: Release, database: Database) -> _ShopData:
    """Use the shop through this release: accounts, orders, refunds and schedules. Returns what was written."""
    customer, admin = _register(release)
    product = release.request("products/create_product", by=admin, body=a_product_body(stock=_STOCK))["product_id"]
    orders = {name: _place(release, customer, product) for name in ("cancelled", "paid", "refunded", "overdue")}
    orders["on delivery"] = _place(release, customer, product, payment_method="cash_on_delivery")
    release.request("orders/cancel_order", by=customer, order=orders["cancelled"], body={"reason": "a mistake"})
    for name in ("paid", "refunded"):
        release.request("orders/confirm_order", by=admin, order=orders[name], body={"reference": f"transfer {name}"})
    refund = {"amount": "10.00", "reason": "broken", "restock": [{"product_id": product, "quantity": 1}]}
    release.request("payments/refund_order", by=admin, order=orders["refunded"], body=refund)
    _deliver(release, admin, orders["on delivery"])
    database.execute("UPDATE orders SET expires_at = '2026-01-01' WHERE id = %(id)s", {"id": orders["overdue"]})
    assert release.scheduled("schedules/expire_unpaid")["expired"] == 1
    relayed = release.scheduled("events/relay_outbox")
    assert relayed["published"] > len(orders)
    assert relayed["failed"] == 0
    release.scheduled("schedules/purge_expired")
    return _ShopData(customer, admin, product, orders)


def _register(release: Release) -> tuple[Mapping[str, str], Mapping[str, str]]:
    for name in ("ada", "root"):
        account = {"username": name, "email": f"{name}@example.com", "password": _PASSWORD}
        release.request("users/register", body=account)
    release.invoke("operator/grant_admin", {"email": "root@example.com"})
    return release.log_in("ada@example.com", _PASSWORD), release.log_in("root@example.com", _PASSWORD)


def _place(release: Release, customer: Mapping[str, str], product: int, **more: str) -> int:
    body = {"product_id": product, "quantity": 2, "address": "1 Main Street", **more}
    return int(release.request("orders/place_order", by=customer, body=body)["order_id"])


def _deliver(release: Release, admin: Mapping[str, str], order: int) -> None:
    shipped = {"status": "shipped", "carrier": "DHL", "tracking_number": "JD01"}
    release.request("orders/set_order_status", by=admin, order=order, body=shipped)
    release.request("orders/set_order_status", by=admin, order=order, body={"status": "delivered"})


def _read(release: Release, data: _ShopData) -> dict[str, tuple[str, str]]:
    """Returns status and payment status of each order. Customer and admin must see the same orders."""
    seen = {
        name: release.request("orders/get_order", by=data.customer, order=order) for name, order in data.orders.items()
    }
    for caller in (data.customer, data.admin):
        listed = release.request("orders/list_orders", by=caller)["items"]
        assert {order["id"] for order in listed} == {order["id"] for order in seen.values()}
    return {name: (order["status"], order["payment_status"]) for name, order in seen.items()}


_EXPECTED = {
    "cancelled": ("cancelled", "unpaid"),
    "paid": ("confirmed", "paid"),
    "refunded": ("confirmed", "partially_refunded"),
    "overdue": ("expired", "unpaid"),
    "on delivery": ("delivered", "paid"),
}


def test_the_previous_release_works_with_the_current_schema(
    previous_code: Path, urls: DatabaseUrls, environment: dict[str, str], database: Database
) -> None:
    migrate(urls.migrations)
    with Release(previous_code, environment) as previous, Release(ROOT, environment) as current:
        data = _use_shop(previous, database)

        assert _read(previous, data) == _read(current, data) == _EXPECTED
        assert disagreements(database) == {}

        _deliver(current, data.admin, data.orders["paid"])
        assert current.request("products/get_product", order=data.product)["stock"] == _STOCK - 5
        assert current.log_in("ada@example.com", _PASSWORD)["user_id"] == data.customer["user_id"]
        assert disagreements(database) == {}


def test_the_previous_release_reads_data_of_the_current_one(
    previous_code: Path, urls: DatabaseUrls, environment: dict[str, str], database: Database
) -> None:
    migrate(urls.migrations)
    with Release(previous_code, environment) as previous, Release(ROOT, environment) as current:
        data = _use_shop(current, database)

        assert _read(previous, data) == _EXPECTED
        _deliver(previous, data.admin, data.orders["paid"])
        assert disagreements(database) == {}


@pytest.mark.parametrize(
    ("statement", "function"),
    [
        ("ALTER TABLE users DROP COLUMN language", "users/register"),
        ("ALTER TABLE order_lines RENAME COLUMN name TO title", "orders/place_order"),
        ("ALTER TABLE refunds ADD COLUMN told_by VARCHAR(20) NOT NULL", "payments/refund_order"),
    ],
)
def test_a_migration_that_breaks_the_previous_release_is_found(
    previous_code: Path,
    urls: DatabaseUrls,
    environment: dict[str, str],
    database: Database,
    tmp_path: Path,
    *,
    statement: str,
    function: str,
) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "migrations")
    (folder / f"{len(read_migrations()) + 1:04}_contract.sql").write_text(statement)
    migrate(urls.migrations, folder)

    with Release(previous_code, environment) as previous, pytest.raises(ReleaseBroken, match=f"^{function}"):
        _use_shop(previous, database)
