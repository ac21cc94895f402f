"""Fixtures of the tests of alarms: simulated alarms, functions, and their output."""

from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from tests.support.alarm_simulation import NAMESPACE, Watch, alarms_of, read_alarm
from tests.support.deployment import Templates
from tests.support.functions import forget_connections, load_function
from tests.support.output import send_logs_to_captured_output
from tests.support.proxy import Proxy

type Action = Callable[[], object]


@pytest.fixture(scope="module")
def watches() -> dict[str, Callable[[], Watch]]:
    """Alarm of the templates → a new simulation of it."""
    alarms = {name: read_alarm(alarm) for name, alarm in alarms_of(Templates()).items()}
    return {name: lambda alarm=alarm: Watch(alarm) for name, alarm in alarms.items()}  # type: ignore[misc]


@pytest.fixture
def to_database(database: Database, database_url: str) -> Iterator[Proxy]:
    """A proxy in front of the database."""
    with Proxy(database_url) as proxy:
        yield proxy


@pytest.fixture
def deploy(
    to_database: Proxy, redis: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], ModuleType]]:
    """Loads a function into a new execution environment."""
    environment = {
        "DATABASE_URL": to_database.url,
        "REDIS_URL": redis_url,
        "STAGE": "test",
        "SHOP_NAME": "microshop",
        "STOREFRONT_URL": "",
        "MAIL_SENDER": "shop@example.com",
        "OPERATOR_EMAIL": "operator@example.com",
        "EVENT_BUS_NAME": "microshop-test",
        "POWERTOOLS_SERVICE_NAME": "microshop",
        "POWERTOOLS_METRICS_NAMESPACE": NAMESPACE,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    send_logs_to_captured_output(monkeypatch)
    forget_connections()
    yield load_function
    forget_connections()


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Callable[[Action], list[str]]:
    """Runs an action. Returns the lines that it prints."""

    def lines(act: Action) -> list[str]:
        capsys.readouterr()
        act()
        return capsys.readouterr().out.splitlines()

    return lines
