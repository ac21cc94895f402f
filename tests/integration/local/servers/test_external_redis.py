"""A Redis given by URL: login, rights, version and kind."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import redis as redis_client

from tests.integration.local.servers.conftest import Refused, check_accepted
from tests.support.nested_stacks import NestedStack
from tools.local.servers.external_redis import commands
from tools.local.servers.processes import Processes
from tools.local.servers.redis import Redis as RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"password": ""}, "requires a password, but the URL has none"),
        ({"password": "wrong"}, "refuses the default user"),
        ({"user": "nobody", "password": "wrong"}, "refuses the user `nobody`"),
        ({"number": "99"}, "has no database number 99"),
    ],
)
def test_a_wrong_login_or_database_of_redis_is_refused(
    refused: Refused, redis_server_url: str, change: dict[str, str], expected: str
) -> None:
    parts = urlsplit(redis_server_url)
    password = change.get("password", parts.password or "")
    user = change.get("user", "")
    login = f"{user}:{password}@" if password else ""

    assert expected in refused(redis=f"redis://{login}127.0.0.1:{parts.port}/{change.get('number', '0')}")


def test_a_redis_user_with_the_deployed_rights_is_accepted(
    refused: Refused, redis_server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules, port = _access_string().split(), urlsplit(redis_server_url).port
    with redis_client.Redis.from_url(redis_server_url) as client:
        client.execute_command("ACL", "SETUSER", "shop", "reset", ">secret", *rules)
        client.execute_command("ACL", "SETUSER", "poor", "reset", ">secret", *rules, "-zadd")
        client.execute_command("ACL", "SETUSER", "elsewhere", "reset", ">secret", "on", "~other:*", "+@all")

    check_accepted(tmp_path, monkeypatch, redis=f"redis://shop:secret@127.0.0.1:{port}/0")
    assert "the user `poor` of 127.0.0.1" in (message := refused(redis=f"redis://poor:secret@127.0.0.1:{port}/0"))
    assert "may not run ZADD" in message
    assert "may not run GET on the shop's keys" in refused(redis=f"redis://elsewhere:secret@127.0.0.1:{port}/0")


def test_every_command_of_the_deployed_user_is_checked() -> None:
    allowed = {rule[1:].partition("|")[0].upper() for rule in _access_string().split() if rule.startswith("+")}

    # Only the previous release uses transactions.
    assert {str(command[0]) for command in commands("name")} == allowed - {"MULTI", "EXEC"}


def test_a_url_with_a_password_is_refused_for_a_redis_without_one(refused: Refused, tmp_path: Path) -> None:
    with _redis(tmp_path, "requirepass") as (port, _):
        assert "has no password, but the URL has one" in refused(redis=f"redis://:secret@127.0.0.1:{port}/0")


def test_a_replica_or_cluster_of_redis_is_refused(refused: Refused, redis_server_url: str, tmp_path: Path) -> None:
    with _redis(tmp_path, more=["replicaof 127.0.0.1 1", "replica-serve-stale-data yes"]) as (_, url):
        assert "is a replica" in refused(redis=url)
    with _redis(tmp_path, more=["cluster-enabled yes"]) as (_, url):
        assert "is a cluster" in refused(redis=url)


def test_a_redis_that_is_too_old_is_refused(refused: Refused) -> None:
    with _old_redis() as port:
        assert "is too old: the shop needs Redis 7 or Valkey" in refused(redis=f"redis://127.0.0.1:{port}/0")


@contextlib.contextmanager
def _redis(folder: Path, without: str = "", more: list[str] | None = None) -> Iterator[tuple[int, str]]:
    """Run a Redis with another configuration. Yields its port and URL."""
    folder = folder / f"redis-{len(list(folder.glob('redis-*')))}"
    server, processes = RedisServer(folder, durable=False), Processes(folder / "run")
    launch = server.prepare()
    file = folder / "redis/server.conf"
    lines = [line for line in file.read_text().splitlines() if not without or not line.startswith(without)]
    file.write_text("\n".join([*lines, *(more or [])]) + "\n")
    child = processes.start(launch)
    port = urlsplit(server.url).port or 0
    try:
        child.wait_until(lambda: _listens(port), 60)
        yield port, server.url
    finally:
        processes.stop(child)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


@contextlib.contextmanager
def _old_redis() -> Iterator[int]:
    """Answer as Redis 6.2 does, which lacks EXPIRE … NX. Yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve_as_old, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]


def _serve_as_old(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        while request := connection.recv(4096):
            is_unknown = b"NX" in request
            connection.sendall(b"-ERR wrong number of arguments for 'expire' command\r\n" if is_unknown else b"+OK\r\n")


def _access_string() -> str:
    return str(NestedStack("data")["RedisUser"]["AccessString"])
