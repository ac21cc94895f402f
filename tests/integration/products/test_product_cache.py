"""The product cache on a real Redis: one round trip, one load, never anything stale."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from microshop.errors import Unavailable
from microshop.platform import settings
from microshop.platform.redis import Redis
from microshop.products.cache import CachedResponse, ProductCache
from microshop.products.product import RenderedProduct
from tests.integration.conftest import ConnectRedis
from tests.support.proxy import Proxy
from tests.support.threads import at_once

_OLD = RenderedProduct('"1-old"', '{"version":1,"name":"水壶"}')
_NEW = RenderedProduct('"2-new"', '{"version":2,"name":"水壶"}')


@dataclass
class _Source:
    """Where a product is loaded from; counts the loads."""

    product: RenderedProduct | None = _OLD
    loads: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> RenderedProduct | None:
        with self.lock:
            self.loads += 1
        return self.product


@pytest.fixture
def proxy(redis: Redis, redis_url: str) -> Iterator[Proxy]:
    """Redis, behind something that counts and can fall silent."""
    with Proxy(redis_url) as found:
        yield found


@pytest.fixture
def behind_proxy(proxy: Proxy) -> Iterator[Redis]:
    connection = Redis(settings.redis_address(proxy.url))
    yield connection
    connection.close()


def _ttl(redis: Redis, key: str) -> int:
    found = redis.command("TTL", key)
    assert isinstance(found, int)
    return found


def test_the_first_read_loads_and_the_next_does_not(redis: Redis) -> None:
    cache, source = ProductCache(redis), _Source()

    answers = [cache.get(5, source.load) for _ in range(3)]

    assert answers == [CachedResponse(_OLD.etag, _OLD.body, how) for how in ("miss", "hit", "hit")]
    assert source.loads == 1


def test_each_product_has_an_entry_of_its_own(redis: Redis) -> None:
    cache = ProductCache(redis)
    cache.get(5, _Source(_OLD).load)

    answer = cache.get(6, _Source(_NEW).load)

    assert answer is not None
    assert answer.body == _NEW.body


def test_a_hit_is_one_round_trip(proxy: Proxy, behind_proxy: Redis) -> None:
    cache, source = ProductCache(behind_proxy), _Source()
    cache.get(5, source.load)
    before = proxy.round_trips

    cache.get(5, source.load)

    assert proxy.round_trips - before == 1


def test_a_product_that_is_not_there_is_remembered_for_a_short_time(redis: Redis) -> None:
    cache, source = ProductCache(redis), _Source(product=None)

    answers = [cache.get(5, source.load) for _ in range(3)]

    assert answers == [None, None, None]
    assert source.loads == 1
    assert 25 <= _ttl(redis, "product:{5}") <= 30


def test_an_entry_lasts_about_a_day(redis: Redis) -> None:
    ProductCache(redis).get(5, _Source().load)

    assert 23 * 3600 <= _ttl(redis, "product:{5}") <= 24 * 3600


def test_a_filled_entry_leaves_no_lease_behind(redis: Redis) -> None:
    ProductCache(redis).get(5, _Source().load)

    assert redis.command("EXISTS", "product:{5}:lease") == 0


@pytest.mark.usefixtures("patience")
def test_fifty_readers_of_a_cold_entry_load_it_once(redis: Redis, connect_redis: ConnectRedis) -> None:
    source, caches = _Source(), [ProductCache(connect_redis()) for _ in range(50)]

    answers = at_once(50, lambda number: caches[number].get(5, source.load))

    assert source.loads == 1
    assert {answer.body for answer in answers if isinstance(answer, CachedResponse)} == {_OLD.body}
    assert len(answers) == 50


@pytest.mark.usefixtures("patience")
def test_fifty_readers_of_a_product_that_is_not_there_look_for_it_once(
    redis: Redis, connect_redis: ConnectRedis
) -> None:
    source, caches = _Source(product=None), [ProductCache(connect_redis()) for _ in range(50)]

    answers = at_once(50, lambda number: caches[number].get(5, source.load))

    assert source.loads == 1
    assert answers == [None] * 50


def test_who_waits_in_vain_loads_for_themselves(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("microshop.products.cache._WAIT_SECONDS", 0)
    redis.command("SET", "product:{5}:lease", "somebody who died", "PX", 60_000)
    source = _Source()

    answer = ProductCache(redis).get(5, source.load)

    assert answer == CachedResponse(_OLD.etag, _OLD.body, "database")
    assert redis.command("EXISTS", "product:{5}") == 0


def test_the_lease_of_a_reader_who_died_ends(redis: Redis) -> None:
    cache = ProductCache(redis)

    def look_at_the_lease() -> RenderedProduct | None:
        remaining = redis.command("PTTL", "product:{5}:lease")
        assert isinstance(remaining, int)
        assert 0 < remaining <= 3000
        return _OLD

    assert cache.get(5, look_at_the_lease)


def test_a_forgotten_entry_is_loaded_anew(redis: Redis) -> None:
    cache, source = ProductCache(redis), _Source()
    cache.get(5, source.load)
    source.product = _NEW

    cache.invalidate(5)

    answer = cache.get(5, source.load)
    assert answer == CachedResponse(_NEW.etag, _NEW.body, "miss")


def test_forgetting_what_is_not_there_is_no_error(redis: Redis) -> None:
    ProductCache(redis).invalidate(5)


def test_a_reader_whom_a_writer_overtook_stores_nothing(redis: Redis, connect_redis: ConnectRedis) -> None:
    writer = ProductCache(connect_redis())

    def read_before_the_commit() -> RenderedProduct | None:
        writer.invalidate(5)
        return _OLD

    ProductCache(redis).get(5, read_before_the_commit)

    assert redis.command("EXISTS", "product:{5}") == 0


def test_a_reader_whom_a_writer_and_another_reader_overtook_stores_nothing(
    redis: Redis, connect_redis: ConnectRedis
) -> None:
    other = ProductCache(connect_redis())

    def read_before_the_commit() -> RenderedProduct | None:
        other.invalidate(5)
        other.get(5, _Source(_NEW).load)
        return _OLD

    ProductCache(redis).get(5, read_before_the_commit)

    answer = other.get(5, _Source(None).load)
    assert answer == CachedResponse(_NEW.etag, _NEW.body, "hit")


def test_a_reader_whose_lease_ended_stores_nothing(redis: Redis) -> None:
    def be_slow() -> RenderedProduct | None:
        redis.command("PEXPIRE", "product:{5}:lease", 0)
        return _OLD

    answer = ProductCache(redis).get(5, be_slow)

    assert answer is not None
    assert redis.command("EXISTS", "product:{5}") == 0


@pytest.mark.parametrize("error", [Unavailable("database"), RuntimeError("x")])
def test_a_load_that_fails_frees_the_lease_and_stores_nothing(redis: Redis, error: Exception) -> None:
    def fail() -> RenderedProduct | None:
        raise error

    with pytest.raises(type(error)):
        ProductCache(redis).get(5, fail)

    assert redis.command("EXISTS", "product:{5}", "product:{5}:lease") == 0


def test_the_database_serves_while_redis_is_away(proxy: Proxy, behind_proxy: Redis) -> None:
    cache, source = ProductCache(behind_proxy), _Source()
    proxy.fall_silent()

    answer = cache.get(5, source.load)

    assert answer == CachedResponse(_OLD.etag, _OLD.body, "database", redis_unavailable=True)


def test_a_redis_that_is_away_is_left_alone_for_a_while_and_then_asked_again(proxy: Proxy, behind_proxy: Redis) -> None:
    now = [0.0]
    cache, source = ProductCache(behind_proxy, clock=lambda: now[0]), _Source()
    proxy.fall_silent()
    cache.get(5, source.load)
    proxy.speak_again()

    soon = cache.get(5, source.load)
    now[0] += 1.1
    later = cache.get(5, source.load)

    assert (soon and soon.source, soon and soon.redis_unavailable) == ("database", True)
    assert (later and later.source, later and later.redis_unavailable) == ("miss", False)


def test_a_redis_that_goes_away_during_the_load_costs_no_second_load(proxy: Proxy, behind_proxy: Redis) -> None:
    cache, source = ProductCache(behind_proxy), _Source()

    def load() -> RenderedProduct | None:
        proxy.fall_silent()
        return source.load()

    answer = cache.get(5, load)

    assert answer == CachedResponse(_OLD.etag, _OLD.body, "database", redis_unavailable=True)
    assert source.loads == 1


def test_a_database_that_is_away_is_not_taken_for_redis(redis: Redis) -> None:
    cache, source = ProductCache(redis), _Source()

    def fail() -> RenderedProduct | None:
        raise Unavailable("database")

    with pytest.raises(Unavailable, match="database"):
        cache.get(5, fail)

    answer = cache.get(5, source.load)
    assert answer is not None
    assert answer.source == "miss"


def test_a_writer_learns_that_redis_is_away(proxy: Proxy, behind_proxy: Redis) -> None:
    cache = ProductCache(behind_proxy)
    proxy.fall_silent()

    with pytest.raises(Unavailable):
        cache.invalidate(5)


@pytest.mark.parametrize("refusal", ["OOM", "READONLY", "MISCONF", "NOREPLICAS"])
def test_a_redis_that_cannot_be_written_is_away(redis: Redis, monkeypatch: pytest.MonkeyPatch, refusal: str) -> None:
    source = _Source()
    command = redis.command

    def refuse_writes(*arguments: object) -> object:
        if arguments[0] == "EVAL":
            return command("EVAL", f"return redis.error_reply('{refusal} not now')", 0)
        return command(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(redis, "command", refuse_writes)

    answer = ProductCache(redis).get(5, source.load)

    assert answer == CachedResponse(_OLD.etag, _OLD.body, "database", redis_unavailable=True)
