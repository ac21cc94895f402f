"""The shop's Redis connection: it answers what redis-py answers, and fails as it says it does."""

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest
import redis as redis_py

from microshop.errors import Unavailable
from microshop.platform import settings
from microshop.platform.redis import Argument, Redis, RedisError, Reply
from tests.integration.conftest import ConnectRedis
from tests.support.proxy import Proxy

type Command = tuple[Argument, ...]


@pytest.fixture
def oracle(redis_url: str) -> Iterator[redis_py.Redis]:
    """redis-py, without what it makes of replies."""
    client = redis_py.Redis.from_url(redis_url, protocol=2)
    client.response_callbacks.clear()
    yield client
    client.close()


def _open(url: str) -> Redis:
    return Redis(settings.redis_address(url))


@contextmanager
def _connected_to_one_that_answers(answer: str) -> Iterator[Redis]:
    """A connection to a server that answers every request with the same bytes."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=_serve, args=(listener, answer.encode("latin-1")), daemon=True).start()
        with closing(_open(f"redis://127.0.0.1:{listener.getsockname()[1]}/0")) as redis:
            yield redis
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, answer: bytes) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        with client:
            if answer and client.recv(65536):
                client.sendall(answer)


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
def test_a_command_is_answered_as_redis_py_answers_it(
    redis: Redis, oracle: redis_py.Redis, commands: list[Command]
) -> None:
    expected = [oracle.execute_command(*command) for command in commands]  # type: ignore[no-untyped-call]
    redis.command("FLUSHDB")

    found: list[Reply] = [redis.command(*command) for command in commands]

    assert found == expected


@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 3_000_000])
def test_replies_of_any_size_arrive_whole(redis: Redis, size: int) -> None:
    value = secrets.token_bytes(size)
    redis.command("SET", "key", value)

    assert redis.command("GET", "key") == value


@pytest.mark.parametrize(
    "command",
    [("NONSENSE",), ("GET",), ("SET", "key", "value", "XX", "NX"), ("EVAL", "return redis.error_reply('My fault')", 0)],
)
def test_a_refused_command_raises_what_redis_py_raises(redis: Redis, oracle: redis_py.Redis, command: Command) -> None:
    with pytest.raises(redis_py.ResponseError) as expected:
        oracle.execute_command(*command)  # type: ignore[no-untyped-call]

    with pytest.raises(RedisError) as found:
        redis.command(*command)

    assert str(expected.value).removeprefix("ERR ") in str(found.value)


def test_a_command_on_the_wrong_type_is_an_error(redis: Redis) -> None:
    redis.command("SET", "key", "value")

    with pytest.raises(RedisError, match="WRONGTYPE"):
        redis.command("LPUSH", "key", "x")


def test_a_connection_goes_on_after_an_error(redis: Redis) -> None:
    with pytest.raises(RedisError):
        redis.command("NONSENSE")

    assert redis.command("ECHO", "still here") == b"still here"


def test_a_pipeline_is_one_round_trip(redis_url: str) -> None:
    with Proxy(redis_url) as proxy:
        redis = _open(proxy.url)
        redis.command("PING")
        before = proxy.round_trips

        replies = redis.pipeline(*[("ECHO", number) for number in range(100)])

        assert replies == [str(number).encode() for number in range(100)]
        assert proxy.round_trips - before == 1
        redis.close()


def test_the_first_error_of_a_pipeline_is_raised_and_no_reply_is_left_over(redis: Redis) -> None:
    with pytest.raises(RedisError, match="NONSENSE"):
        redis.pipeline(("SET", "key", 1), ("NONSENSE",), ("LPUSH", "key", 1), ("SET", "other", 2))

    assert redis.command("ECHO", "mine") == b"mine"
    assert redis.command("GET", "other") == b"2"


def test_an_error_within_a_transaction_is_raised_too(redis: Redis) -> None:
    redis.command("SET", "key", "value")

    with pytest.raises(RedisError, match="WRONGTYPE"):
        redis.pipeline(("MULTI",), ("LPUSH", "key", "x"), ("EXEC",))

    assert redis.command("ECHO", "mine") == b"mine"


def test_an_error_that_a_script_returns_among_others_is_raised_too(redis: Redis) -> None:
    with pytest.raises(RedisError, match="My fault"):
        redis.command("EVAL", "return {1, redis.error_reply('My fault')}", 0)


def test_each_url_has_its_own_logical_database(redis: Redis, redis_url: str) -> None:
    other = _open(urlsplit(redis_url)._replace(path="/0").geturl())
    redis.command("SET", "only-here", 1)

    assert other.command("GET", "only-here") is None
    other.close()


def test_a_user_of_the_servers_access_list_can_log_in(redis: Redis, redis_url: str) -> None:
    name, password = f"user-{secrets.token_hex(4)}", "p@ss:/w%rd"
    redis.command("ACL", "SETUSER", name, "on", f">{password}", "~*", "+@all")
    url = urlsplit(redis_url)
    own = _open(url._replace(netloc=f"{name}:p%40ss%3A%2Fw%25rd@{url.hostname}:{url.port}").geturl())

    assert own.command("ACL", "WHOAMI") == name.encode()

    own.close()
    redis.command("ACL", "DELUSER", name)


def test_a_wrong_password_makes_it_unavailable_and_says_nothing_of_it(redis: Redis, redis_url: str) -> None:
    url = urlsplit(redis_url)
    stranger = _open(url._replace(netloc=f"nobody:s3cr3t@{url.hostname}:{url.port}").geturl())

    with pytest.raises(Unavailable, match="WRONGPASS") as refusal:
        stranger.command("PING")

    assert "s3cr3t" not in str(refusal.value)


def test_a_logical_database_that_is_not_there_is_an_error_every_time(redis: Redis, redis_url: str) -> None:
    lost = _open(urlsplit(redis_url)._replace(path="/99999").geturl())

    for _ in range(2):
        with pytest.raises(RedisError):
            lost.command("PING")


def test_a_connection_that_the_server_closed_is_made_anew(redis: Redis, connect_redis: ConnectRedis) -> None:
    other = connect_redis()
    other.command("SET", "key", "value")
    redis.command("CLIENT", "KILL", "ID", _id_of(other))

    assert other.command("GET", "key") == b"value"


def test_a_connection_that_the_server_closed_is_made_anew_for_a_pipeline_too(
    redis: Redis, connect_redis: ConnectRedis
) -> None:
    other = connect_redis()
    redis.command("CLIENT", "KILL", "ID", _id_of(other))

    assert other.pipeline(("MULTI",), ("SET", "key", 1), ("EXEC",)) == [b"OK", b"QUEUED", [b"OK"]]


def _id_of(connection: Redis) -> int:
    found = connection.command("CLIENT", "ID")
    assert isinstance(found, int)
    return found


def test_a_server_that_closes_every_connection_is_unavailable() -> None:
    with _connected_to_one_that_answers("") as redis, pytest.raises(Unavailable):
        redis.command("PING")


def test_a_server_that_is_down_is_unavailable() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]

    with pytest.raises(Unavailable) as error:
        _open(f"redis://127.0.0.1:{port}/0").command("PING")

    assert error.value.dependency == "redis"


def test_a_host_that_has_no_address_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        _open("redis://no-such-host.invalid:6379/0").command("PING")


def test_a_server_that_is_silent_is_unavailable_and_asked_once(redis_url: str) -> None:
    with Proxy(redis_url) as proxy:
        redis = _open(proxy.url)
        redis.command("PING")
        proxy.fall_silent()

        with pytest.raises(Unavailable):
            redis.command("PING")

        assert proxy.connections == 1


def test_a_late_reply_is_never_taken_for_the_next_one(redis_url: str) -> None:
    with Proxy(redis_url) as proxy:
        redis = _open(proxy.url)
        redis.command("SET", "key", "first")
        proxy.fall_silent()
        with pytest.raises(Unavailable):
            redis.command("GET", "key")
        proxy.speak_again()

        assert redis.command("ECHO", "second") == b"second"
        redis.close()


@pytest.mark.parametrize(
    "answer",
    [
        "-LOADING Redis is loading the dataset in memory\r\n",
        "-READONLY You can't write against a read only replica.\r\n",
        "-MASTERDOWN Link with MASTER is down\r\n",
        "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
        "-MISCONF Redis is configured to save RDB snapshots\r\n",
        "-NOREPLICAS Not enough good replicas to write.\r\n",
        "-BUSY Redis is busy running a script.\r\n",
        "-CLUSTERDOWN The cluster is down\r\n",
        "-ERR max number of clients reached\r\n",
    ],
    ids=lambda answer: answer.split()[0],
)
def test_a_server_that_cannot_serve_at_the_moment_is_unavailable(answer: str) -> None:
    with _connected_to_one_that_answers(answer) as redis, pytest.raises(Unavailable):
        redis.command("PING")


@pytest.mark.parametrize(
    "answer", ["HTTP/1.1 400 Bad Request\r\n\r\n", "*-7\r\n", "$abc\r\n", "\x00\x01\x02\r\n"], ids=ascii
)
def test_a_server_that_speaks_something_else_is_unavailable_every_time(answer: str) -> None:
    with _connected_to_one_that_answers(answer) as redis:
        for _ in range(2):
            with pytest.raises(Unavailable):
                redis.command("PING")


def test_no_connection_is_made_before_the_first_command() -> None:
    redis = _open("redis://no-such-host.invalid:6379/0")

    redis.close()
