"""The product cache: a hit takes one round trip, a miss one load, and no stale product is stored."""

import threading
from dataclasses import dataclass, field

import pytest

from microshop.errors import Unavailable
from microshop.platform.redis import Redis
from microshop.products.cache import CATEGORIES, CachedResponse, ProductCache
from microshop.products.product import RenderedResponse
from tests.integration.conftest import ConnectRedis
from tests.support.proxy import Proxy
from tests.support.threads import at_once

_OLD = RenderedResponse('"1-old"', '{"version":1,"name":"水壶"}')
_NEW = RenderedResponse('"2-new"', '{"version":2,"name":"水壶"}')


@dataclass
class _Source:
    """Returns a product and counts how often it was loaded."""

    product: RenderedResponse | None = _OLD
    loads: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> RenderedResponse | None:
        with self.lock:
            self.loads += 1
        return self.product


def _ttl(redis: Redis, key: str) -> int:
    found = redis.command("TTL", key)
    assert isinstance(found, int)
    return found


def test_only_the_first_read_loads_a_product(redis: Redis) -> None:
    cache, source = ProductCache(redis), _Source()

    answers = [cache.get(5, source.load) for _ in range(3)]

    assert answers == [CachedResponse(_OLD.etag, _OLD.body, how) for how in ("miss", "hit", "hit")]
    assert source.loads == 1


def test_each_product_has_its_own_entry(redis: Redis) -> None:
    cache = ProductCache(redis)
    cache.get(5, _Source(_OLD).load)

    answer = cache.get(6, _Source(_NEW).load)

    assert answer is not None
    assert answer.body == _NEW.body


def test_the_list_of_categories_is_kept_for_a_minute(redis: Redis) -> None:
    cache, source = ProductCache(redis), _Source(RenderedResponse("", '{"items":[]}'))

    answers = [cache.get(CATEGORIES, source.load) for _ in range(2)]

    assert [answer and answer.source for answer in answers] == ["miss", "hit"]
    assert 0 < _ttl(redis, "product:{categories}") <= 60


def test_a_hit_takes_one_round_trip(proxy: Proxy, behind_proxy: Redis) -> None:
    cache, source = ProductCache(behind_proxy), _Source()
    cache.get(5, source.load)
    before = proxy.round_trips

    cache.get(5, source.load)

    assert proxy.round_trips - before == 1


def test_a_missing_product_is_cached_for_thirty_seconds(redis: Redis) -> None:
    cache, source = ProductCache(redis), _Source(product=None)

    answers = [cache.get(5, source.load) for _ in range(3)]

    assert answers == [None, None, None]
    assert source.loads == 1
    assert 25 <= _ttl(redis, "product:{5}") <= 30


def test_an_entry_lasts_about_a_day(redis: Redis) -> None:
    ProductCache(redis).get(5, _Source().load)

    assert 23 * 3600 <= _ttl(redis, "product:{5}") <= 24 * 3600


def test_filling_an_entry_deletes_its_lease(redis: Redis) -> None:
    ProductCache(redis).get(5, _Source().load)

    assert redis.command("EXISTS", "product:{5}:lease") == 0


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize(("product", "body"), [(_OLD, _OLD.body), (None, None)], ids=["found", "missing"])
def test_fifty_concurrent_readers_load_a_product_once(
    redis: Redis, connect_redis: ConnectRedis, product: RenderedResponse | None, body: str | None
) -> None:
    source, caches = _Source(product), [ProductCache(connect_redis()) for _ in range(50)]

    answers = at_once(50, lambda number: caches[number].get(5, source.load))

    assert source.loads == 1
    assert [answer.body if isinstance(answer, CachedResponse) else answer for answer in answers] == [body] * 50


def test_a_reader_that_waited_too_long_loads_without_storing(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("microshop.products.cache._WAIT_SECONDS", 0)
    redis.command("SET", "product:{5}:lease", "a reader that died", "PX", 60_000)
    source = _Source()

    answer = ProductCache(redis).get(5, source.load)

    assert answer == CachedResponse(_OLD.etag, _OLD.body, "database")
    assert redis.command("EXISTS", "product:{5}") == 0


def test_a_lease_expires_within_three_seconds(redis: Redis) -> None:
    cache = ProductCache(redis)

    def check_the_lease() -> RenderedResponse | None:
        remaining = redis.command("PTTL", "product:{5}:lease")
        assert isinstance(remaining, int)
        assert 0 < remaining <= 3000
        return _OLD

    assert cache.get(5, check_the_lease)


def test_an_invalidated_entry_is_loaded_again(redis: Redis) -> None:
    cache, source = ProductCache(redis), _Source()
    cache.get(5, source.load)
    source.product = _NEW

    cache.invalidate(5)

    answer = cache.get(5, source.load)
    assert answer == CachedResponse(_NEW.etag, _NEW.body, "miss")


def test_invalidating_a_missing_entry_is_not_an_error(redis: Redis) -> None:
    ProductCache(redis).invalidate(5)


def test_a_reader_stores_nothing_if_a_writer_was_faster(redis: Redis, connect_redis: ConnectRedis) -> None:
    writer = ProductCache(connect_redis())

    def read_before_the_commit() -> RenderedResponse | None:
        writer.invalidate(5)
        return _OLD

    ProductCache(redis).get(5, read_before_the_commit)

    assert redis.command("EXISTS", "product:{5}") == 0


def test_a_slow_reader_does_not_overwrite_a_newer_entry(redis: Redis, connect_redis: ConnectRedis) -> None:
    other = ProductCache(connect_redis())

    def read_before_the_commit() -> RenderedResponse | None:
        other.invalidate(5)
        other.get(5, _Source(_NEW).load)
        return _OLD

    ProductCache(redis).get(5, read_before_the_commit)

    answer = other.get(5, _Source(None).load)
    assert answer == CachedResponse(_NEW.etag, _NEW.body, "hit")


def test_a_reader_stores_nothing_after_its_lease_expired(redis: Redis) -> None:
    def load_slowly() -> RenderedResponse | None:
        redis.command("PEXPIRE", "product:{5}:lease", 0)
        return _OLD

    answer = ProductCache(redis).get(5, load_slowly)

    assert answer is not None
    assert redis.command("EXISTS", "product:{5}") == 0


@pytest.mark.parametrize("error", [Unavailable("database"), RuntimeError("x")])
def test_a_failed_load_releases_the_lease_and_stores_nothing(redis: Redis, error: Exception) -> None:
    def fail() -> RenderedResponse | None:
        raise error

    with pytest.raises(type(error)):
        ProductCache(redis).get(5, fail)

    assert redis.command("EXISTS", "product:{5}", "product:{5}:lease") == 0
