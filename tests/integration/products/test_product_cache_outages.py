"""The product cache while Redis or the database is unavailable."""

import pytest

from microshop.errors import Unavailable
from microshop.platform.redis import Redis
from microshop.products.cache import CachedResponse, ProductCache
from microshop.products.product import RenderedResponse
from tests.support.proxy import Proxy

_PRODUCT = RenderedResponse('"1-abc"', '{"version":1,"name":"水壶"}')


def _load() -> RenderedResponse | None:
    return _PRODUCT


def test_a_product_is_read_from_the_database_without_redis(proxy: Proxy, behind_proxy: Redis) -> None:
    cache = ProductCache(behind_proxy)
    proxy.stop_answering()

    answer = cache.get(5, _load)

    assert answer == CachedResponse(_PRODUCT.etag, _PRODUCT.body, "database", redis_unavailable=True)


def test_an_unavailable_redis_is_retried_after_a_second(proxy: Proxy, behind_proxy: Redis) -> None:
    now = [0.0]
    cache = ProductCache(behind_proxy, clock=lambda: now[0])
    proxy.stop_answering()
    cache.get(5, _load)
    proxy.resume()

    soon = cache.get(5, _load)
    now[0] += 1.1
    later = cache.get(5, _load)

    assert (soon and soon.source, soon and soon.redis_unavailable) == ("database", True)
    assert (later and later.source, later and later.redis_unavailable) == ("miss", False)


def test_a_redis_outage_during_the_load_causes_no_second_load(proxy: Proxy, behind_proxy: Redis) -> None:
    loads = 0

    def load() -> RenderedResponse | None:
        nonlocal loads
        loads += 1
        proxy.stop_answering()
        return _PRODUCT

    answer = ProductCache(behind_proxy).get(5, load)

    assert answer == CachedResponse(_PRODUCT.etag, _PRODUCT.body, "database", redis_unavailable=True)
    assert loads == 1


def test_a_database_outage_is_not_treated_as_a_redis_outage(redis: Redis) -> None:
    cache = ProductCache(redis)

    def fail() -> RenderedResponse | None:
        raise Unavailable("database")

    with pytest.raises(Unavailable, match="database"):
        cache.get(5, fail)

    answer = cache.get(5, _load)
    assert answer is not None
    assert answer.source == "miss"


def test_invalidating_an_entry_fails_without_redis(proxy: Proxy, behind_proxy: Redis) -> None:
    cache = ProductCache(behind_proxy)
    proxy.stop_answering()

    with pytest.raises(Unavailable):
        cache.invalidate(5)


@pytest.mark.parametrize("refusal", ["OOM", "READONLY", "MISCONF", "NOREPLICAS"])
def test_a_redis_that_refuses_writes_counts_as_unavailable(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    command = redis.command

    def refuse_writes(*arguments: object) -> object:
        if arguments[0] == "EVAL":
            return command("EVAL", f"return redis.error_reply('{refusal} not now')", 0)
        return command(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(redis, "command", refuse_writes)

    answer = ProductCache(redis).get(5, _load)

    assert answer == CachedResponse(_PRODUCT.etag, _PRODUCT.body, "database", redis_unavailable=True)
