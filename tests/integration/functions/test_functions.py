"""The authorizer, the cached product and the health check on real servers, also while these are down."""

import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from microshop.errors import Unavailable
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.products.cache import ProductCache
from microshop.scopes import EVERYTHING, scopes_text
from microshop.users.access import Access
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
    """Proxies in front of the database and of Redis."""
    with Proxy(database_url) as to_database, Proxy(redis_url) as to_redis:
        yield to_database, to_redis


@pytest.fixture
def deploy(proxies: tuple[Proxy, Proxy], monkeypatch: pytest.MonkeyPatch) -> Iterator[Deploy]:
    """Loads a function into a new execution environment that reaches its servers through the proxies."""
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


def test_the_authorizer_accepts_a_token_with_one_round_trip(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], connect_redis: ConnectRedis
) -> None:
    authorizer, sessions = deploy("gateway/authorizer"), Sessions(connect_redis())
    opened = sessions.open(17, 60, Access(EVERYTHING))
    _authorize(authorizer, opened.token)
    before = proxies[1].round_trips

    answer = _authorize(authorizer, f"Bearer {opened.token}")

    context = answer["context"]
    assert context.pop("rate_limit").startswith('"session";r=298;t=')
    assert context == {
        "user_id": "17",
        "session": opened.hash,
        "scopes": scopes_text(EVERYTHING),
        "role": "admin",
        "rate_limit_policy": '"session";q=300;w=60, "account";q=1200;w=60',
    }
    assert answer["policyDocument"]["Statement"][0]["Resource"] == _ARN.partition("/GET")[0] + "/*"
    assert proxies[1].round_trips - before == 1


@pytest.mark.parametrize("end", ["logged out", "password changed", "expired", "unknown"])
def test_the_authorizer_refuses_a_token_of_an_ended_session(
    deploy: Deploy, connect_redis: ConnectRedis, redis: Redis, end: str
) -> None:
    authorizer, sessions = deploy("gateway/authorizer"), Sessions(connect_redis())
    opened = sessions.open(17, 60)
    ends: dict[str, Callable[[], object]] = {
        "logged out": lambda: sessions.end(17, opened.hash),
        "password changed": lambda: sessions.end_all(17),
        "expired": lambda: redis.command("PEXPIRE", f"session:{opened.hash}", 0),
        "unknown": lambda: redis.command("FLUSHDB"),
    }
    ends[end]()

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        _authorize(authorizer, opened.token)


def test_the_authorizer_refuses_the_hash_of_a_token(deploy: Deploy, connect_redis: ConnectRedis) -> None:
    authorizer, opened = deploy("gateway/authorizer"), Sessions(connect_redis()).open(17, 60)

    for stolen in (opened.hash, opened.hash[:43]):
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            _authorize(authorizer, stolen)


def test_the_authorizer_fails_while_redis_does_not_answer(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], connect_redis: ConnectRedis
) -> None:
    authorizer, opened = deploy("gateway/authorizer"), Sessions(connect_redis()).open(17, 60)
    proxies[1].stop_answering()

    with pytest.raises(Unavailable) as error:
        _authorize(authorizer, opened.token)

    assert str(error.value) != "Unauthorized"


def test_the_authorizer_reconnects_after_a_lost_connection(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], connect_redis: ConnectRedis
) -> None:
    authorizer, opened = deploy("gateway/authorizer"), Sessions(connect_redis()).open(17, 60)
    _authorize(authorizer, opened.token)

    proxies[1].cut()

    assert _authorize(authorizer, opened.token)["principalId"] == "17"


def test_a_cached_product_takes_one_round_trip_to_redis_only(
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


def test_a_product_that_the_client_has_is_not_modified(deploy: Deploy, database: Database) -> None:
    product_id, get_product = put_on_sale(database), deploy("products/get_product")
    etag = _get(get_product, product_id)["headers"]["ETag"]

    answer = _get(get_product, product_id, **{"If-None-Match": etag})

    assert (answer["statusCode"], answer["body"]) == (304, "")


def test_a_changed_product_is_shown_after_its_cache_entry_is_deleted(
    deploy: Deploy, database: Database, redis: Redis
) -> None:
    product_id, get_product = put_on_sale(database, name="Old"), deploy("products/get_product")
    etag = _get(get_product, product_id)["headers"]["ETag"]
    database.execute("UPDATE products SET name = 'New', version = version + 1")
    ProductCache(redis).invalidate(product_id)

    answer = _get(get_product, product_id, **{"If-None-Match": etag})

    assert (answer["statusCode"], json.loads(answer["body"])["name"]) == (200, "New")


def test_a_missing_product_is_cached(deploy: Deploy, proxies: tuple[Proxy, Proxy]) -> None:
    get_product = deploy("products/get_product")
    statuses = [_get(get_product, 2**62)["statusCode"]]
    before = proxies[0].round_trips

    statuses += [_get(get_product, 2**62)["statusCode"] for _ in range(3)]

    assert statuses == [404] * 4
    assert proxies[0].round_trips == before


def test_a_product_is_served_while_redis_does_not_answer(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], database: Database
) -> None:
    product_id, get_product = put_on_sale(database), deploy("products/get_product")
    proxies[1].stop_answering()

    assert _get(get_product, product_id)["statusCode"] == 200


def test_a_cached_product_is_served_while_the_database_is_down(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], database: Database
) -> None:
    product_id, get_product = put_on_sale(database), deploy("products/get_product")
    _get(get_product, product_id)
    proxies[0].shut_down()

    assert _get(get_product, product_id)["statusCode"] == 200


def test_a_product_is_unavailable_while_both_servers_are_down(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], database: Database
) -> None:
    product_id, get_product = put_on_sale(database), deploy("products/get_product")
    for proxy in proxies:
        proxy.shut_down()

    answer = _get(get_product, product_id)

    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "1")


@pytest.mark.parametrize(
    ("down", "view"),
    [
        ((), {"status": "ok", "database": "ok", "redis": "ok"}),
        ((0,), {"status": "unavailable", "database": "unavailable", "redis": "ok"}),
        ((1,), {"status": "unavailable", "database": "ok", "redis": "unavailable"}),
    ],
)
def test_the_health_check_names_the_server_that_is_down(
    deploy: Deploy, proxies: tuple[Proxy, Proxy], down: tuple[int, ...], view: dict[str, str]
) -> None:
    health = deploy("health/health")
    for number in down:
        proxies[number].shut_down()

    answer = health.handler(an_api_event(route="/api/v1/health"), an_execution())

    assert (answer["statusCode"], json.loads(answer["body"])) == (503 if down else 200, view)
