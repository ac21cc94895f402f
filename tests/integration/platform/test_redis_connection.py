"""The Redis connection: it returns and raises the same as redis-py."""

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import redis as redis_py

from microshop.errors import Unavailable
from microshop.platform import settings
from microshop.platform.redis import Argument, Redis, RedisError, Reply
from tests.support.proxy import Proxy

type Command = tuple[Argument, ...]


@pytest.fixture
def reference(redis_url: str) -> Iterator[redis_py.Redis]:
    """redis-py without its conversion of replies."""
    client = redis_py.Redis.from_url(redis_url, protocol=2)
    client.response_callbacks.clear()
    yield client
    client.close()


def _open(url: str) -> Redis:
    return Redis(settings.redis_address(url))


@pytest.mark.parametrize(
    "commands",
    [
        [("PING",)],
        [("ECHO", "")],
        [("ECHO", "hello")],
        [("ECHO", b"\x00\xff\r\n$-1\r\n")],
        [("ECHO", "水壶 😀")],
        [("GET", "nothing")],
        [("SET", "key", "value"), ("GET", "key"), ("DEL", "key"), ("DEL", "key")],
        [("SET", b"\x00key\r\n", b"\xff" * 100_000), ("GET", b"\x00key\r\n")],
        [("SET", "key", 17, "EX", 60), ("GET", "key"), ("INCRBY", "key", -20), ("TTL", "key")],
        [("SET", "key", "a", "NX"), ("SET", "key", "b", "NX"), ("GET", "key")],
        [("SET", "key", ""), ("GET", "key"), ("STRLEN", "key")],
        [("RPUSH", "list", "a", "", b"\x00"), ("LRANGE", "list", 0, -1), ("LRANGE", "list", 5, 9)],
        [("MGET", "a", "b", "a")],
        [("ZADD", "set", 1, "a", 2.5, "b"), ("ZRANGE", "set", 0, -1, "WITHSCORES"), ("ZRANGE", "none", 0, -1)],
        [("EVAL", "return {1, {2, {'a', false, {}}}, 'b'}", 0)],
        [("EVAL", "return redis.status_reply('FINE')", 0)],
        [("EVAL", "return 9007199254740993", 0), ("EVAL", "return -1", 0), ("EVAL", "return nil", 0)],
        [("MULTI",), ("SET", "key", 1), ("INCR", "key"), ("EXEC",)],
        [("WATCH", "key"), ("MULTI",), ("DISCARD",)],
        [("HSET", "hash", "field", "value"), ("HGETALL", "hash")],
    ],
    ids=lambda commands: " ".join(str(command[0]) for command in commands),
)
def test_a_command_returns_the_same_reply_as_redis_py(
    redis: Redis, reference: redis_py.Redis, commands: list[Command]
) -> None:
    expected = [reference.execute_command(*command) for command in commands]  # type: ignore[no-untyped-call]
    redis.command("FLUSHDB")

    found: list[Reply] = [redis.command(*command) for command in commands]

    assert found == expected


@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 3_000_000])
def test_replies_of_any_size_are_complete(redis: Redis, size: int) -> None:
    value = secrets.token_bytes(size)
    redis.command("SET", "key", value)

    assert redis.command("GET", "key") == value


@pytest.mark.parametrize(
    "command",
    [("NONSENSE",), ("GET",), ("SET", "key", "value", "XX", "NX"), ("EVAL", "return redis.error_reply('My fault')", 0)],
)
def test_a_refused_command_raises_the_same_error_as_redis_py(
    redis: Redis, reference: redis_py.Redis, command: Command
) -> None:
    with pytest.raises(redis_py.ResponseError) as expected:
        reference.execute_command(*command)  # type: ignore[no-untyped-call]

    with pytest.raises(RedisError) as found:
        redis.command(*command)

    assert str(expected.value).removeprefix("ERR ") in str(found.value)


def test_a_command_on_the_wrong_type_is_an_error(redis: Redis) -> None:
    redis.command("SET", "key", "value")

    with pytest.raises(RedisError, match="WRONGTYPE"):
        redis.command("LPUSH", "key", "x")


def test_a_connection_can_be_used_after_an_error(redis: Redis) -> None:
    with pytest.raises(RedisError):
        redis.command("NONSENSE")

    assert redis.command("ECHO", "still here") == b"still here"


def test_a_pipeline_takes_one_round_trip(redis_url: str) -> None:
    with Proxy(redis_url) as proxy:
        redis = _open(proxy.url)
        redis.command("PING")
        before = proxy.round_trips

        replies = redis.pipeline(*[("ECHO", number) for number in range(100)])

        assert replies == [str(number).encode() for number in range(100)]
        assert proxy.round_trips - before == 1
        redis.close()


def test_a_pipeline_raises_its_first_error_and_reads_all_replies(redis: Redis) -> None:
    with pytest.raises(RedisError, match="NONSENSE"):
        redis.pipeline(("SET", "key", 1), ("NONSENSE",), ("LPUSH", "key", 1), ("SET", "other", 2))

    assert redis.command("ECHO", "mine") == b"mine"
    assert redis.command("GET", "other") == b"2"


def test_an_error_within_a_transaction_is_raised(redis: Redis) -> None:
    redis.command("SET", "key", "value")

    with pytest.raises(RedisError, match="WRONGTYPE"):
        redis.pipeline(("MULTI",), ("LPUSH", "key", "x"), ("EXEC",))

    assert redis.command("ECHO", "mine") == b"mine"


def test_an_error_in_the_list_that_a_script_returns_is_raised(redis: Redis) -> None:
    with pytest.raises(RedisError, match="My fault"):
        redis.command("EVAL", "return {1, redis.error_reply('My fault')}", 0)


def test_each_url_has_its_own_logical_database(redis: Redis, redis_url: str) -> None:
    other = _open(urlsplit(redis_url)._replace(path="/0").geturl())
    redis.command("SET", "only-here", 1)

    assert other.command("GET", "only-here") is None
    other.close()


def test_a_user_of_the_access_control_list_can_log_in(redis: Redis, redis_url: str) -> None:
    name, password = f"user-{secrets.token_hex(4)}", "p@ss:/w%rd"
    redis.command("ACL", "SETUSER", name, "on", f">{password}", "~*", "+@all")
    url = urlsplit(redis_url)
    connection = _open(url._replace(netloc=f"{name}:p%40ss%3A%2Fw%25rd@{url.hostname}:{url.port}").geturl())

    assert connection.command("ACL", "WHOAMI") == name.encode()

    connection.close()
    redis.command("ACL", "DELUSER", name)


def test_the_error_of_a_wrong_password_does_not_contain_it(redis: Redis, redis_url: str) -> None:
    url = urlsplit(redis_url)
    unknown = _open(url._replace(netloc=f"nobody:s3cr3t@{url.hostname}:{url.port}").geturl())

    with pytest.raises(Unavailable, match="WRONGPASS") as refusal:
        unknown.command("PING")

    assert "s3cr3t" not in str(refusal.value)


def test_an_invalid_logical_database_is_an_error_every_time(redis: Redis, redis_url: str) -> None:
    invalid = _open(urlsplit(redis_url)._replace(path="/99999").geturl())

    for _ in range(2):
        with pytest.raises(RedisError):
            invalid.command("PING")


def test_no_connection_is_made_before_the_first_command() -> None:
    redis = _open("redis://no-such-host.invalid:6379/0")

    redis.close()
