"""The release before this one works with this one's schema: between the migrations and its end, it has to."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
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
class _Traded:
    """What the release before has left behind."""

    customer: Mapping[str, str]
    admin: Mapping[str, str]
    product: int
    orders: Mapping[str, int]


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the release before."""
    return unpack_previous_release(tmp_path_factory.mktemp("previous"))


@pytest.fixture
def urls(server_urls: ServerUrls) -> Iterator[DatabaseUrls]:
    """An empty database."""
    with FreshDatabase(server_urls, purpose="previous") as fresh:
        yield fresh


@pytest.fixture
def environment(urls: DatabaseUrls, redis: Redis, redis_url: str, aws_endpoint_url: str) -> dict[str, str]:
    """What the template gives functions; Redis is empty, and there is a bus."""
    events = client("events", aws_endpoint_url)
    if "microshop-previous" not in {bus["Name"] for bus in events.list_event_buses()["EventBuses"]}:
        events.create_event_bus(Name="microshop-previous")
    return {
        "STAGE": "test",
        "DATABASE_URL": urls.application,
        "REDIS_URL": redis_url,
        "CURRENCY": "USD",
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
    """A connection to look at what is written."""
    with closing(Database(database_address(urls.application))) as connection:
        yield connection


def _trade(release: Release, database: Database) -> _Traded:
    """Everything that a shop does in a day."""
    customer, admin = _people(release)
    product = release.ask("products/create_product", by=admin, body=a_product_body(stock=_STOCK))["product_id"]
    orders = {name: _place(release, customer, product) for name in ("cancelled", "paid", "refunded", "overdue")}
    orders["on delivery"] = _place(release, customer, product, payment_method="cash_on_delivery")
    release.ask("orders/cancel_order", by=customer, order=orders["cancelled"], body={"reason": "a mistake"})
    for name in ("paid", "refunded"):
        release.ask("orders/confirm_order", by=admin, order=orders[name], body={"reference": f"transfer {name}"})
    back = {"amount": "10.00", "reason": "broken", "restock": [{"product_id": product, "quantity": 1}]}
    release.ask("payments/refund_order", by=admin, order=orders["refunded"], body=back)
    _send(release, admin, orders["on delivery"])
    database.execute("UPDATE orders SET expires_at = '2026-01-01' WHERE id = %(id)s", {"id": orders["overdue"]})
    assert release.scheduled("schedules/expire_unpaid")["expired"] == 1
    relayed = release.scheduled("events/relay_outbox")
    assert relayed["published"] > len(orders)
    assert relayed["failed"] == 0
    release.scheduled("schedules/purge_expired")
    return _Traded(customer, admin, product, orders)


def _people(release: Release) -> tuple[Mapping[str, str], Mapping[str, str]]:
    for name in ("ada", "root"):
        account = {"username": name, "email": f"{name}@example.com", "password": _PASSWORD}
        release.ask("users/register", body=account)
    release.invoke("operator/grant_admin", {"email": "root@example.com"})
    return release.log_in("ada@example.com", _PASSWORD), release.log_in("root@example.com", _PASSWORD)


def _place(release: Release, customer: Mapping[str, str], product: int, **more: str) -> int:
    body = {"product_id": product, "quantity": 2, "address": "1 Main Street", **more}
    return int(release.ask("orders/place_order", by=customer, body=body)["order_id"])


def _send(release: Release, admin: Mapping[str, str], order: int) -> None:
    sent = {"status": "shipped", "carrier": "DHL", "tracking_number": "JD01"}
    release.ask("orders/set_order_status", by=admin, order=order, body=sent)
    release.ask("orders/set_order_status", by=admin, order=order, body={"status": "delivered"})


def _read(release: Release, traded: _Traded) -> dict[str, tuple[str, str]]:
    """Where each order and its money are, as customer and admin see it; both see the same."""
    seen = {
        name: release.ask("orders/get_order", by=traded.customer, order=order) for name, order in traded.orders.items()
    }
    for caller in (traded.customer, traded.admin):
        listed = release.ask("orders/list_orders", by=caller)["items"]
        assert {order["id"] for order in listed} == {order["id"] for order in seen.values()}
    return {name: (order["status"], order["payment_status"]) for name, order in seen.items()}


_TRADED = {
    "cancelled": ("cancelled", "unpaid"),
    "paid": ("confirmed", "paid"),
    "refunded": ("confirmed", "partially_refunded"),
    "overdue": ("expired", "unpaid"),
    "on delivery": ("delivered", "paid"),
}


def test_the_release_before_trades_on_todays_schema_and_today_goes_on_with_it(
    previous: Path, urls: DatabaseUrls, environment: dict[str, str], database: Database
) -> None:
    migrate(urls.migrations)
    with Release(previous, environment) as before, Release(ROOT, environment) as today:
        traded = _trade(before, database)

        assert _read(before, traded) == _read(today, traded) == _TRADED
        assert disagreements(database) == {}

        _send(today, traded.admin, traded.orders["paid"])
        assert today.ask("products/get_product", order=traded.product)["stock"] == _STOCK - 5
        assert today.log_in("ada@example.com", _PASSWORD)["user_id"] == traded.customer["user_id"]
        assert disagreements(database) == {}


def test_the_release_before_goes_on_with_what_today_has_written(
    previous: Path, urls: DatabaseUrls, environment: dict[str, str], database: Database
) -> None:
    migrate(urls.migrations)
    with Release(previous, environment) as before, Release(ROOT, environment) as today:
        traded = _trade(today, database)

        assert _read(before, traded) == _TRADED
        _send(before, traded.admin, traded.orders["paid"])
        assert disagreements(database) == {}


@pytest.mark.parametrize(
    ("statement", "function"),
    [
        ("ALTER TABLE users DROP COLUMN language", "users/register"),
        ("ALTER TABLE order_lines RENAME COLUMN name TO title", "orders/place_order"),
        ("ALTER TABLE refunds ADD COLUMN told_by VARCHAR(20) NOT NULL", "payments/refund_order"),
    ],
)
def test_a_migration_that_takes_away_what_the_release_before_needs_is_found_out(
    previous: Path,
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

    with Release(previous, environment) as before, pytest.raises(ReleaseBroken, match=f"^{function}"):
        _trade(before, database)
