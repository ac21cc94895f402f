"""Functions on the real servers: the authorizer, the cached read and the health check, with servers that go away."""

import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from microshop.caller import ADMIN, CUSTOMER
from microshop.errors import Unavailable
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.products.cache import ProductCache
from microshop.users.sessions import Sessions
from tests.integration.conftest import ConnectRedis
from tests.support.builders import an_api_event, an_execution
from tests.support.catalogue import put_on_sale
from tests.support.functions import forget_connections, load_function
from tests.support.proxy import Proxy

type Deploy = Callable[[str], ModuleType]

_ARN = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/dev/GET/api/v1/users/profile"


@pytest.fixture
def proxies(database: Database, redis: Redis, database_url: str, redis_url: str) -> Iterator[tuple[Proxy, Proxy]]:
    """In front of the database and of Redis."""
    with Proxy(database_url) as to_database, Proxy(redis_url) as to_redis:
        yield to_database, to_redis


@pytest.fixture
def deploy(proxies: tuple[Proxy, Proxy], monkeypatch: pytest.MonkeyPatch) -> Iterator[Deploy]:
    """Loads a function into a new execution environment, whose servers are behind the proxies."""
    monkeypatch.setenv("DATABASE_URL", proxies[0].url)
    monkeypatch.setenv("REDIS_URL", proxies[1].url)
    monkeypatch.setenv("CURRENCY", "USD")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "microshop")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "microshop")
    forget_connections()
    yield load_function
    forget_connections()


def _authorize(module: ModuleType, token: str) -> dict[str, Any]:
    event = {"type": "TOKEN", "methodArn": _ARN, "authorizationToken": token}
    answer: dict[str, Any] = module.handler(event, an_execution())
    return answer


def _get(module: ModuleType, product_id: int, **headers: str) -> dict[str, Any]:
    event = an_api_event(route="/api/v1/products/{id}", path={"id": str(product_id)}, headers=headers)
    answer: dict[str, Any] = module.handler(event, an_execution())
    return answer


def test_a_token_is_let_in_with_one_round_trip(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], connect_redis: ConnectRedis
) -> None:
    authorizer, sessions = deploy("gateway/authorizer"), Sessions(connect_redis())
    opened = sessions.open(17, ADMIN, 60)
    _authorize(authorizer, opened.token)
    before = proxies[1].round_trips

    answer = _authorize(authorizer, f"Bearer {opened.token}")

    assert answer["context"] == {"user_id": "17", "role": "admin", "session": opened.hash}
    assert answer["policyDocument"]["Statement"][0]["Resource"] == _ARN.partition("/GET")[0] + "/*"
    assert proxies[1].round_trips - before == 1


@pytest.mark.parametrize("how", ["logged out", "password changed", "expired", "never was"])
def test_a_token_that_is_good_no_more_is_unauthorized(
    deploy: Deploy, connect_redis: ConnectRedis, redis: Redis, how: str
) -> None:
    authorizer, sessions = deploy("gateway/authorizer"), Sessions(connect_redis())
    opened = sessions.open(17, CUSTOMER, 60)
    ways: dict[str, Callable[[], object]] = {
        "logged out": lambda: sessions.end(17, opened.hash),
        "password changed": lambda: sessions.end_all(17),
        "expired": lambda: redis.command("PEXPIRE", f"session:{opened.hash}", 0),
        "never was": lambda: redis.command("FLUSHDB"),
    }
    ways[how]()

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        _authorize(authorizer, opened.token)


def test_the_hash_that_redis_holds_is_no_token(deploy: Deploy, connect_redis: ConnectRedis) -> None:
    authorizer, opened = deploy("gateway/authorizer"), Sessions(connect_redis()).open(17, CUSTOMER, 60)

    for stolen in (opened.hash, opened.hash[:43]):
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            _authorize(authorizer, stolen)


def test_a_redis_that_is_away_neither_lets_in_nor_says_unauthorized(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], connect_redis: ConnectRedis
) -> None:
    authorizer, opened = deploy("gateway/authorizer"), Sessions(connect_redis()).open(17, CUSTOMER, 60)
    proxies[1].fall_silent()

    with pytest.raises(Unavailable) as error:
        _authorize(authorizer, opened.token)

    assert str(error.value) != "Unauthorized"


def test_the_authorizer_recovers_with_redis(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], connect_redis: ConnectRedis
) -> None:
    authorizer, opened = deploy("gateway/authorizer"), Sessions(connect_redis()).open(17, CUSTOMER, 60)
    _authorize(authorizer, opened.token)

    proxies[1].cut()

    assert _authorize(authorizer, opened.token)["principalId"] == "17"


def test_a_cached_product_is_one_round_trip_to_redis_and_none_to_the_database(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], database: Database
) -> None:
    product_id, get_product = put_on_sale(database, name="水壶"), deploy("products/get_product")
    first = _get(get_product, product_id)
    before = proxies[0].round_trips, proxies[1].round_trips

    second = _get(get_product, product_id)

    assert (proxies[0].round_trips - before[0], proxies[1].round_trips - before[1]) == (0, 1)
    assert (first["statusCode"], second["statusCode"]) == (200, 200)
    assert first["body"] == second["body"]
    assert json.loads(second["body"])["name"] == "水壶"


def test_a_client_that_has_a_product_is_told_so(deploy: Deploy, database: Database) -> None:
    product_id, get_product = put_on_sale(database), deploy("products/get_product")
    etag = _get(get_product, product_id)["headers"]["ETag"]

    answer = _get(get_product, product_id, **{"If-None-Match": etag})

    assert (answer["statusCode"], answer["body"]) == (304, "")


def test_a_changed_product_is_shown_once_the_writer_has_forgotten_the_entry(
    deploy: Deploy, database: Database, redis: Redis
) -> None:
    product_id, get_product = put_on_sale(database, name="Old"), deploy("products/get_product")
    etag = _get(get_product, product_id)["headers"]["ETag"]
    database.execute("UPDATE products SET name = 'New', version = version + 1")
    ProductCache(redis).invalidate(product_id)

    answer = _get(get_product, product_id, **{"If-None-Match": etag})

    assert (answer["statusCode"], json.loads(answer["body"])["name"]) == (200, "New")


def test_a_product_that_is_not_there_is_looked_for_once(deploy: Deploy, proxies: tuple[Proxy, Proxy]) -> None:
    get_product = deploy("products/get_product")
    statuses = [_get(get_product, 2**62)["statusCode"]]
    before = proxies[0].round_trips

    statuses += [_get(get_product, 2**62)["statusCode"] for _ in range(3)]

    assert statuses == [404] * 4
    assert proxies[0].round_trips == before


def test_a_product_is_served_from_the_database_while_redis_is_away(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], database: Database
) -> None:
    product_id, get_product = put_on_sale(database), deploy("products/get_product")
    proxies[1].fall_silent()

    assert _get(get_product, product_id)["statusCode"] == 200


def test_a_cached_product_is_served_while_the_database_is_away(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], database: Database
) -> None:
    product_id, get_product = put_on_sale(database), deploy("products/get_product")
    _get(get_product, product_id)
    proxies[0].go_away()

    assert _get(get_product, product_id)["statusCode"] == 200


def test_a_product_is_unavailable_while_both_are_away(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], database: Database
) -> None:
    product_id, get_product = put_on_sale(database), deploy("products/get_product")
    for proxy in proxies:
        proxy.go_away()

    answer = _get(get_product, product_id)

    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "1")


@pytest.mark.parametrize(
    ("away", "view"),
    [
        ((), {"status": "ok", "database": "ok", "redis": "ok"}),
        ((0,), {"status": "unavailable", "database": "unavailable", "redis": "ok"}),
        ((1,), {"status": "unavailable", "database": "ok", "redis": "unavailable"}),
    ],
)
def test_health_tells_which_server_is_away(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], away: tuple[int, ...], view: dict[str, str]
) -> None:
    health = deploy("health/health")
    for number in away:
        proxies[number].go_away()

    answer = health.handler(an_api_event(route="/api/v1/health"), an_execution())

    assert (answer["statusCode"], json.loads(answer["body"])) == (503 if away else 200, view)
