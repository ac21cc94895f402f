"""Servers given by URL: one that the shop cannot use is refused in one sentence before anything starts."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pymysql
import pytest
import redis as redis_client

from microshop.migrations.database_users import MIGRATIONS, PRIVILEGES
from tests.support.nested_stacks import NestedStack
from tools.local.backing_services import Servers
from tools.local.servers.database import Database
from tools.local.servers.external import ExternalServers
from tools.local.servers.external_database import STATEMENTS, version_problem
from tools.local.servers.external_redis import commands
from tools.local.servers.problems import ServerProblem
from tools.local.servers.processes import Processes
from tools.local.servers.redis import Redis as RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PASSWORD = "p@ss/w:rd%#"
_NAMES = {
    "database": "MICROSHOP_DATABASE_URL",
    "migrations": "MICROSHOP_MIGRATION_DATABASE_URL",
    "redis": "MICROSHOP_REDIS_URL",
}


class OwnDatabase:
    """A database server of this module, with an operator who may do everything."""

    def __init__(self, port: int) -> None:
        self.port = port

    def run(self, *statements: str) -> None:
        """Run statements as the operator."""
        connection = pymysql.connect(host="127.0.0.1", port=self.port, user="operator", password="secret")
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def tables(self, database: str) -> list[str]:
        """The names of a database's tables."""
        connection = pymysql.connect(host="127.0.0.1", port=self.port, user="operator", password="secret")
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", (database,))
            return [name for (name,) in cursor.fetchall()]

    def url(self, user: str, *, password: str = _PASSWORD, database: str = "microshop", scheme: str = "mysql") -> str:
        """The URL of a user."""
        return f"{scheme}://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"


@pytest.fixture(scope="module")
def own_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnDatabase]:
    folder = tmp_path_factory.mktemp("given")
    database, processes = Database(folder, durable=False, progress=lambda _: None), Processes(folder / "run")
    launch = database.prepare()
    with (folder / "mysql/account.sql").open("a") as script:
        script.write("CREATE USER 'operator'@'%' IDENTIFIED BY 'secret';\n")
        script.write("GRANT ALL ON *.* TO 'operator'@'%' WITH GRANT OPTION;\n")
    child = processes.start(launch)
    try:
        child.wait_until(database.is_ready, 60)
        own = OwnDatabase(int((folder / "mysql/port").read_text()))
        own.run(
            f"CREATE USER 'rows'@'%' IDENTIFIED BY '{_PASSWORD}'",
            "GRANT SELECT, INSERT, UPDATE ON microshop.* TO 'rows'@'%'",
            f"CREATE USER 'tables'@'%' IDENTIFIED BY '{_PASSWORD}'",
            f"GRANT {', '.join(PRIVILEGES[MIGRATIONS])} ON microshop.* TO 'tables'@'%'",
            "CREATE DATABASE stranger",
        )
        yield own
    finally:
        processes.stop(child, database.patience)


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a Redis of this module."""
    folder = tmp_path_factory.mktemp("given-redis")
    server, processes = RedisServer(folder, durable=False), Processes(folder / "run")
    child = processes.start(server.prepare())
    try:
        child.wait_until(server.is_ready, 60)
        yield server.url
    finally:
        processes.stop(child)


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refused:
    for name in _NAMES.values():
        monkeypatch.delenv(name, raising=False)
    return Refused(tmp_path, monkeypatch)


class Refused:
    """Starts the servers of a data folder with given URLs, which must be refused."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._monkeypatch = monkeypatch

    def __call__(self, **urls: str) -> str:
        """The message. It is one sentence without any password, and no server was started."""
        for name, url in urls.items():
            self._monkeypatch.setenv(_NAMES[name], url)
        told: list[str] = []
        with pytest.raises(ServerProblem) as problem:
            Servers(self._folder, durable=False, progress=told.append).start()
        message = str(problem.value)
        assert told == []
        assert "\n" not in message
        assert not any(word in message for word in ("p@ss", "secret", "Error", "(1", "(2", "{"))
        return message


def accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **urls: str) -> None:
    for name, variable in _NAMES.items():
        monkeypatch.setenv(variable, urls.get(name, ""))
    ExternalServers.from_environment().check()


class _Silent(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def http_port() -> Iterator[int]:
    """Where a web server listens."""
    with http.server.HTTPServer(("127.0.0.1", 0), _Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("database", "nonsense"),
        ("database", "postgres://shop:secret@127.0.0.1:5432/shop"),
        ("database", "mysql+pymysql://shop:secret@127.0.0.1/shop"),
        ("database", "mysql://shop:secret@127.0.0.1:3306"),
        ("database", "mysql://shop@127.0.0.1/shop?tls=rds&auth=iam"),
        ("database", "mysql://shop:secret@127.0.0.1/shop?tls=rds"),
        ("redis", "nonsense"),
        ("redis", "http://127.0.0.1/0"),
        ("redis", "redis://127.0.0.1/first"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_the_form_that_is_expected(
    refused: Refused, name: str, url: str
) -> None:
    message = refused(**{name: url})

    assert message.startswith(f"{_NAMES[name]} ")
    assert "mysql://user:password@host" in message or "redis://[user]" in message or "tls=verify" in message


@pytest.mark.parametrize("url", ["mysql://shop:secret@{}/shop", "redis://:secret@{}/0"])
def test_a_server_that_cannot_be_reached_is_named_with_its_address(refused: Refused, url: str) -> None:
    name = "database" if url.startswith("mysql") else "redis"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert f"no server listens at 127.0.0.1:{port}" in refused(**{name: url.format(f"127.0.0.1:{port}")})
    assert "the host nowhere.invalid is unknown" in refused(**{name: url.format("nowhere.invalid:1")})


@pytest.mark.parametrize("url", ["mysql://shop:secret@127.0.0.1:{}/shop", "redis://:secret@127.0.0.1:{}/0"])
def test_a_server_that_accepts_and_says_nothing_is_named(refused: Refused, url: str) -> None:
    name = "database" if url.startswith("mysql") else "redis"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        message = refused(**{name: url.format(port)})

    assert message.startswith(f"{_NAMES[name]}: ")
    assert f"127.0.0.1:{port}" in message


def test_a_web_server_is_neither_a_database_nor_a_redis(refused: Refused, http_port: int) -> None:
    assert f"the server at 127.0.0.1:{http_port} is not MySQL" in refused(
        database=f"mysql://shop:secret@127.0.0.1:{http_port}/shop"
    )
    assert f"the server at 127.0.0.1:{http_port} is not Redis" in refused(
        database="", redis=f"redis://:secret@127.0.0.1:{http_port}/0"
    )


def test_a_database_is_no_redis_and_a_redis_no_database(
    refused: Refused, own_database: OwnDatabase, own_redis: str
) -> None:
    assert "is not MySQL" in refused(database=f"mysql://shop:secret@127.0.0.1:{urlsplit(own_redis).port}/shop")
    assert "is not Redis" in refused(database="", redis=f"redis://127.0.0.1:{own_database.port}/0")


def test_a_password_with_any_character_works_percent_encoded(
    own_database: OwnDatabase, own_redis: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted(tmp_path, monkeypatch, database=own_database.url("tables"), redis=own_redis)

    assert own_database.tables("microshop") == []
    with redis_client.Redis.from_url(own_redis) as client:
        assert client.keys() == []


@pytest.mark.parametrize(("user", "password"), [("tables", "secret"), ("nobody", "secret")])
def test_a_user_or_password_that_is_wrong_is_refused_without_a_word_of_aws(
    refused: Refused, own_database: OwnDatabase, user: str, password: str
) -> None:
    message = refused(database=own_database.url(user, password=password))

    assert f"127.0.0.1:{own_database.port} refuses the user `{user}`" in message
    assert "rds" not in message


def test_a_database_that_is_missing_or_not_the_users_is_named(refused: Refused, own_database: OwnDatabase) -> None:
    assert "may not use the database `stranger`" in refused(database=own_database.url("tables", database="stranger"))
    own_database.run("GRANT SELECT ON `absent%`.* TO 'tables'@'%'")
    assert "has no database `absent1`: run CREATE DATABASE" in refused(
        database=own_database.url("tables", database="absent1")
    )


def test_an_account_that_may_not_change_tables_needs_another_one_for_migrations(
    refused: Refused, own_database: OwnDatabase
) -> None:
    message = refused(database=own_database.url("rows"))

    assert "the user `rows` lacks rights in the database `microshop`" in message
    assert "GRANT DELETE, CREATE, ALTER, DROP, INDEX" in message
    assert "MICROSHOP_MIGRATION_DATABASE_URL" in message


def test_an_application_account_with_too_few_rights_is_refused_beside_one_for_migrations(
    refused: Refused, own_database: OwnDatabase
) -> None:
    rows, tables = own_database.url("rows"), own_database.url("tables")

    message = refused(database=rows, migrations=tables)

    assert message.startswith("MICROSHOP_DATABASE_URL: ")
    assert "GRANT DELETE ON `microshop`.* TO 'rows'@'%'" in message
    assert "MICROSHOP_MIGRATION" not in message
    assert refused(database=tables, migrations=rows).startswith("MICROSHOP_MIGRATION_DATABASE_URL: ")


def test_urls_of_two_databases_contradict_each_other(refused: Refused, own_database: OwnDatabase) -> None:
    one, other = own_database.url("tables"), own_database.url("tables", database="stranger")

    assert "use the same database in both" in refused(database=one, migrations=other)
    assert "set both, or neither" in refused(database="", migrations=one)


def test_tls_that_is_required_or_refused_is_named(refused: Refused, own_database: OwnDatabase) -> None:
    assert "does not accept TLS: write mysql://" in refused(database=own_database.url("tables", scheme="mysqls"))
    own_database.run(f"CREATE USER 'careful'@'%' IDENTIFIED BY '{_PASSWORD}' REQUIRE SSL")
    assert "must use TLS (mysqls://)" in refused(database=own_database.url("careful"))


def test_a_database_that_is_read_only_is_refused(refused: Refused, own_database: OwnDatabase) -> None:
    own_database.run("SET GLOBAL read_only = ON")
    try:
        assert "is read-only" in refused(database=own_database.url("tables"))
    finally:
        own_database.run("SET GLOBAL read_only = OFF")


@pytest.mark.parametrize(
    ("version", "is_old"),
    [
        ("8.0.16", False),
        ("8.4.7", False),
        ("9.1.0-commercial", False),
        ("8.0.15", True),
        ("5.7.44-log", True),
        ("10.6.0-MariaDB", False),
        ("11.4.3-MariaDB-1:11.4.3+maria~ubu2404", False),
        ("10.5.27-MariaDB-log", True),
        ("8.0.11-TiDB-v8.5.0", True),
    ],
)
def test_a_database_that_is_too_old_is_refused_with_the_oldest_that_works(version: str, is_old: bool) -> None:
    problem = version_problem(version)

    assert bool(problem) is is_old
    assert not is_old or "or newer" in problem


def test_every_right_of_the_shops_accounts_is_checked() -> None:
    assert set(STATEMENTS) == set(PRIVILEGES[MIGRATIONS])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"password": ""}, "requires a password, but the URL has none"),
        ({"password": "wrong"}, "refuses the default user"),
        ({"user": "nobody", "password": "wrong"}, "refuses the user `nobody`"),
        ({"number": "99"}, "has no database number 99"),
    ],
)
def test_a_redis_sign_in_that_is_wrong_is_named(
    refused: Refused, own_redis: str, change: dict[str, str], says: str
) -> None:
    parts = urlsplit(own_redis)
    password = change.get("password", parts.password or "")
    user = change.get("user", "")
    login = f"{user}:{password}@" if password else ""

    assert says in refused(redis=f"redis://{login}127.0.0.1:{parts.port}/{change.get('number', '0')}")


def test_a_redis_user_needs_the_rights_of_the_deployed_one_and_no_more(
    refused: Refused, own_redis: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules, port = _access_string().split(), urlsplit(own_redis).port
    with redis_client.Redis.from_url(own_redis) as client:
        client.execute_command("ACL", "SETUSER", "shop", "reset", ">secret", *rules)
        client.execute_command("ACL", "SETUSER", "poor", "reset", ">secret", *rules, "-zadd")
        client.execute_command("ACL", "SETUSER", "elsewhere", "reset", ">secret", "on", "~other:*", "+@all")

    accepted(tmp_path, monkeypatch, redis=f"redis://shop:secret@127.0.0.1:{port}/0")
    assert "the user `poor` of 127.0.0.1" in (message := refused(redis=f"redis://poor:secret@127.0.0.1:{port}/0"))
    assert "may not run ZADD" in message
    assert "may not run GET on the shop's keys" in refused(redis=f"redis://elsewhere:secret@127.0.0.1:{port}/0")


def test_every_command_of_the_deployed_user_is_checked() -> None:
    allowed = {rule[1:].upper() for rule in _access_string().split() if rule.startswith("+")}

    # The previous release's transactions.
    assert {str(command[0]) for command in commands("name")} == allowed - {"MULTI", "EXEC"}


def test_a_redis_without_a_password_takes_no_url_with_one(refused: Refused, tmp_path: Path) -> None:
    with _redis(tmp_path, "requirepass") as (port, _):
        assert "has no password, but the URL has one" in refused(redis=f"redis://:secret@127.0.0.1:{port}/0")


def test_a_replica_and_a_cluster_are_refused(refused: Refused, own_redis: str, tmp_path: Path) -> None:
    with _redis(tmp_path, more=["replicaof 127.0.0.1 1", "replica-serve-stale-data yes"]) as (_, url):
        assert "is a replica" in refused(redis=url)
    with _redis(tmp_path, more=["cluster-enabled yes"]) as (_, url):
        assert "is a cluster" in refused(redis=url)


def test_a_redis_that_is_too_old_is_refused_with_the_oldest_that_works(refused: Refused) -> None:
    with _old_redis() as port:
        assert "is too old: the shop needs Redis 7 or Valkey" in refused(redis=f"redis://127.0.0.1:{port}/0")


@contextlib.contextmanager
def _redis(folder: Path, without: str = "", more: list[str] | None = None) -> Iterator[tuple[int, str]]:
    """A Redis with another configuration: its port and URL."""
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
    """Answers as Redis 6.2 does, which knows no EXPIRE … NX; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve_as_old, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]


def _serve_as_old(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        while asked := connection.recv(4096):
            old = b"NX" in asked
            connection.sendall(b"-ERR wrong number of arguments for 'expire' command\r\n" if old else b"+OK\r\n")


def _access_string() -> str:
    return str(NestedStack("data")["RedisUser"]["AccessString"])
