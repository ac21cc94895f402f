"""Connections to the database and Redis of this worker, both empty at the start of each test that uses them."""

from collections.abc import Callable, Iterator

import pytest

from microshop.caller import Caller
from microshop.platform import settings
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from tests.support.books import disagreements
from tests.support.catalogue import put_on_sale
from tests.support.orders import a_customer
from tests.support.payments import Till
from tests.support.tables import empty
from tests.support.use_cases import an_admin

type Connect = Callable[[], Database]
type ConnectRedis = Callable[[], Redis]


@pytest.fixture
def connect(database_url: str) -> Iterator[Connect]:
    """Opens connections, as concurrent environments do. They are closed after the test."""
    made: list[Database] = []

    def connection() -> Database:
        made.append(Database(settings.database_address(database_url)))
        return made[-1]

    yield connection
    for database in made:
        database.close()


@pytest.fixture
def database(connect: Connect) -> Iterator[Database]:
    """A connection to the empty tables of the shop. After the test, the books must agree."""
    connection = connect()
    empty(connection)
    yield connection
    connection.rollback()
    assert disagreements(connection) == {}


@pytest.fixture
def admin(database: Database) -> Caller:
    return an_admin(database)


@pytest.fixture
def customer(database: Database) -> Caller:
    return a_customer(database)


@pytest.fixture
def till(database: Database) -> Till:
    return Till.open(database)


@pytest.fixture
def kettle(database: Database) -> int:
    """A product with ten units."""
    return put_on_sale(database, stock=10)


@pytest.fixture
def connect_redis(redis_url: str) -> Iterator[ConnectRedis]:
    """Opens connections to Redis, as concurrent environments do. They are closed after the test."""
    made: list[Redis] = []

    def connection() -> Redis:
        made.append(Redis(settings.redis_address(redis_url)))
        return made[-1]

    yield connection
    for redis in made:
        redis.close()


@pytest.fixture
def redis(connect_redis: ConnectRedis) -> Redis:
    """A connection to an empty Redis."""
    connection = connect_redis()
    connection.command("FLUSHDB")
    return connection


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer timeouts, for tests with so many threads that a request may take longer than a client waits."""
    monkeypatch.setattr("microshop.platform.redis._COMMAND_SECONDS", 30)
    monkeypatch.setattr("microshop.platform.redis._CONNECT_SECONDS", 30)
    monkeypatch.setattr("microshop.products.cache._WAITS", 1000)
    monkeypatch.setattr("microshop.products.cache._LEASE_MILLISECONDS", 30_000)
