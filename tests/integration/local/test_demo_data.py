"""The demo data of `make run` does not change while the shop runs."""

from collections.abc import Iterator

import pytest

from microshop.platform.mysql import Database
from tests.support.builders import an_execution
from tests.support.functions import forget_connections, load_function, sample_event
from tools.demo.data import load_demo_data

_STATES = "SELECT status, COUNT(*) AS orders FROM orders GROUP BY status ORDER BY status"
_AN_HOUR_LATER = "UPDATE orders SET expires_at = expires_at - INTERVAL 1 HOUR"


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
