"""A Redis that closes connections, does not answer, or cannot serve commands."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from microshop.errors import Unavailable
from microshop.platform import settings
from microshop.platform.redis import Redis
from tests.integration.conftest import ConnectRedis
from tests.support.proxy import Proxy


def _open(url: str) -> Redis:
    return Redis(settings.redis_address(url))


@contextmanager
def _connected_to_a_server_that_answers(answer: str) -> Iterator[Redis]:
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


def test_a_connection_that_the_server_closed_is_replaced(redis: Redis, connect_redis: ConnectRedis) -> None:
    other = connect_redis()
    other.command("SET", "key", "value")
    redis.command("CLIENT", "KILL", "ID", _id_of(other))

    assert other.command("GET", "key") == b"value"


def test_a_closed_connection_is_replaced_for_a_pipeline(redis: Redis, connect_redis: ConnectRedis) -> None:
    other = connect_redis()
    redis.command("CLIENT", "KILL", "ID", _id_of(other))

    assert other.pipeline(("MULTI",), ("SET", "key", 1), ("EXEC",)) == [b"OK", b"QUEUED", [b"OK"]]


def _id_of(connection: Redis) -> int:
    found = connection.command("CLIENT", "ID")
    assert isinstance(found, int)
    return found


def test_a_server_that_closes_every_connection_is_unavailable() -> None:
    with _connected_to_a_server_that_answers("") as redis, pytest.raises(Unavailable):
        redis.command("PING")


def test_a_stopped_server_is_unavailable() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]

    with pytest.raises(Unavailable) as error:
        _open(f"redis://127.0.0.1:{port}/0").command("PING")

    assert error.value.dependency == "redis"


def test_a_host_without_an_address_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        _open("redis://no-such-host.invalid:6379/0").command("PING")


def test_a_silent_server_is_unavailable_after_one_attempt(redis_url: str) -> None:
    with Proxy(redis_url) as proxy:
        redis = _open(proxy.url)
        redis.command("PING")
        proxy.stop_answering()

        with pytest.raises(Unavailable):
            redis.command("PING")

        assert proxy.connections == 1


def test_a_late_reply_is_not_used_for_the_next_command(redis_url: str) -> None:
    with Proxy(redis_url) as proxy:
        redis = _open(proxy.url)
        redis.command("SET", "key", "first")
        proxy.stop_answering()
        with pytest.raises(Unavailable):
            redis.command("GET", "key")
        proxy.resume()

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
def test_a_server_that_cannot_serve_commands_is_unavailable(answer: str) -> None:
    with _connected_to_a_server_that_answers(answer) as redis, pytest.raises(Unavailable):
        redis.command("PING")


@pytest.mark.parametrize(
    "answer", ["HTTP/1.1 400 Bad Request\r\n\r\n", "*-7\r\n", "$abc\r\n", "\x00\x01\x02\r\n"], ids=ascii
)
def test_a_server_of_another_protocol_is_unavailable_every_time(answer: str) -> None:
    with _connected_to_a_server_that_answers(answer) as redis:
        for _ in range(2):
            with pytest.raises(Unavailable):
                redis.command("PING")
