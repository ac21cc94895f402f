"""Servers given by URL: an unusable one is refused with one sentence before anything starts."""

from __future__ import annotations

import http.server
import socket
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import redis as redis_client

from microshop.migrations.database_users import MIGRATIONS, PRIVILEGES
from tests.integration.local.servers.conftest import PASSWORD, DatabaseServer, Refused, check_accepted
from tests.support.local_servers import VARIABLES
from tools.local.servers.external_database import STATEMENTS, version_problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class _Silent(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def http_port() -> Iterator[int]:
    """The port of a web server."""
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
def test_an_invalid_url_is_refused_with_the_expected_form(refused: Refused, name: str, url: str) -> None:
    message = refused(**{name: url})

    assert message.startswith(f"{VARIABLES[name]} ")
    assert "mysql://user:password@host" in message or "redis://[user]" in message or "tls=verify" in message


@pytest.mark.parametrize("url", ["mysql://shop:secret@{}/shop", "redis://:secret@{}/0"])
def test_an_unreachable_server_is_refused_with_its_address(refused: Refused, url: str) -> None:
    name = "database" if url.startswith("mysql") else "redis"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert f"no server listens at 127.0.0.1:{port}" in refused(**{name: url.format(f"127.0.0.1:{port}")})
    assert "the host nowhere.invalid is unknown" in refused(**{name: url.format("nowhere.invalid:1")})


@pytest.mark.parametrize("url", ["mysql://shop:secret@127.0.0.1:{}/shop", "redis://:secret@127.0.0.1:{}/0"])
def test_a_server_that_does_not_answer_is_refused_with_its_address(refused: Refused, url: str) -> None:
    name = "database" if url.startswith("mysql") else "redis"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        message = refused(**{name: url.format(port)})

    assert message.startswith(f"{VARIABLES[name]}: ")
    assert f"127.0.0.1:{port}" in message


def test_a_web_server_is_neither_a_database_nor_a_redis(refused: Refused, http_port: int) -> None:
    assert f"the server at 127.0.0.1:{http_port} is not MySQL" in refused(
        database=f"mysql://shop:secret@127.0.0.1:{http_port}/shop"
    )
    assert f"the server at 127.0.0.1:{http_port} is not Redis" in refused(
        database="", redis=f"redis://:secret@127.0.0.1:{http_port}/0"
    )


def test_a_server_of_the_other_kind_is_refused(
    refused: Refused, database_server: DatabaseServer, redis_server_url: str
) -> None:
    assert "is not MySQL" in refused(database=f"mysql://shop:secret@127.0.0.1:{urlsplit(redis_server_url).port}/shop")
    assert "is not Redis" in refused(database="", redis=f"redis://127.0.0.1:{database_server.port}/0")


def test_a_password_with_any_character_works_percent_encoded(
    database_server: DatabaseServer, redis_server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_accepted(tmp_path, monkeypatch, database=database_server.url("tables"), redis=redis_server_url)

    assert database_server.tables("microshop") == []
    with redis_client.Redis.from_url(redis_server_url) as client:
        assert client.keys() == []


@pytest.mark.parametrize(("user", "password"), [("tables", "secret"), ("nobody", "secret")])
def test_a_wrong_user_or_password_is_refused(
    refused: Refused, database_server: DatabaseServer, user: str, password: str
) -> None:
    message = refused(database=database_server.url(user, password=password))

    assert f"127.0.0.1:{database_server.port} refuses the user `{user}`" in message
    assert "rds" not in message


def test_a_missing_or_forbidden_database_is_refused_by_name(refused: Refused, database_server: DatabaseServer) -> None:
    assert "may not use the database `stranger`" in refused(database=database_server.url("tables", database="stranger"))
    database_server.run("GRANT SELECT ON `absent%`.* TO 'tables'@'%'")
    assert "has no database `absent1`: run CREATE DATABASE" in refused(
        database=database_server.url("tables", database="absent1")
    )


def test_an_account_without_rights_for_migrations_is_refused(refused: Refused, database_server: DatabaseServer) -> None:
    message = refused(database=database_server.url("rows"))

    assert "the user `rows` lacks rights in the database `microshop`" in message
    assert "GRANT DELETE, EXECUTE, CREATE, ALTER, DROP, INDEX" in message
    assert "MICROSHOP_MIGRATION_DATABASE_URL" in message


def test_an_application_account_with_too_few_rights_is_refused(
    refused: Refused, database_server: DatabaseServer
) -> None:
    rows, tables = database_server.url("rows"), database_server.url("tables")

    message = refused(database=rows, migrations=tables)

    assert message.startswith("MICROSHOP_DATABASE_URL: ")
    assert "GRANT DELETE, EXECUTE ON `microshop`.* TO 'rows'@'%'" in message
    assert "MICROSHOP_MIGRATION" not in message
    assert refused(database=tables, migrations=rows).startswith("MICROSHOP_MIGRATION_DATABASE_URL: ")


def test_an_application_whose_tables_the_migrations_grant_needs_no_rows(
    database_server: DatabaseServer, redis_server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database_server.run(
        f"CREATE USER 'calls'@'%' IDENTIFIED BY '{PASSWORD}'",
        "GRANT EXECUTE ON microshop.* TO 'calls'@'%'",
        f"CREATE USER 'grants'@'%' IDENTIFIED BY '{PASSWORD}'",
        f"GRANT {', '.join(PRIVILEGES[MIGRATIONS])} ON microshop.* TO 'grants'@'%' WITH GRANT OPTION",
    )
    calls, grants = database_server.url("calls"), database_server.url("grants")

    check_accepted(tmp_path, monkeypatch, database=calls, migrations=grants, redis=redis_server_url)


def test_urls_of_two_different_databases_are_refused(refused: Refused, database_server: DatabaseServer) -> None:
    one, other = database_server.url("tables"), database_server.url("tables", database="stranger")

    assert "use the same database in both" in refused(database=one, migrations=other)
    assert "set both, or neither" in refused(database="", migrations=one)


def test_a_url_with_the_wrong_use_of_tls_is_refused(refused: Refused, database_server: DatabaseServer) -> None:
    assert "does not accept TLS: write mysql://" in refused(database=database_server.url("tables", scheme="mysqls"))
    database_server.run(f"CREATE USER 'careful'@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE SSL")
    assert "must use TLS (mysqls://)" in refused(database=database_server.url("careful"))


def test_a_read_only_database_is_refused(refused: Refused, database_server: DatabaseServer) -> None:
    database_server.run("SET GLOBAL read_only = ON")
    try:
        assert "is read-only" in refused(database=database_server.url("tables"))
    finally:
        database_server.run("SET GLOBAL read_only = OFF")


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
def test_a_database_that_is_too_old_is_refused_with_the_oldest_version(version: str, is_old: bool) -> None:
    problem = version_problem(version)

    assert bool(problem) is is_old
    assert not is_old or "or newer" in problem


def test_every_privilege_of_the_shops_accounts_is_checked() -> None:
    assert set(STATEMENTS) == set(PRIVILEGES[MIGRATIONS])
