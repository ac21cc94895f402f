"""A database that cannot be reached or does not answer."""

import socket
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from pymysql import _auth

from microshop.errors import Unavailable
from microshop.platform.mysql import Database
from tests.support.connections import open_database
from tests.support.proxy import Proxy


def test_a_stopped_server_is_unavailable() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]

    with pytest.raises(Unavailable) as error:
        open_database(f"mysql://nobody@127.0.0.1:{port}/nowhere").rows("SELECT 1")

    assert error.value.dependency == "database"


def test_the_error_of_a_wrong_password_does_not_contain_it(database: Database, database_url: str) -> None:
    url = urlsplit(database_url)

    with pytest.raises(Unavailable) as error:
        open_database(url._replace(netloc=f"{url.username}:s3cr3t@{url.hostname}:{url.port}").geturl()).rows("SELECT 1")

    assert "s3cr3t" not in str(error.value)


def test_an_account_that_needs_tls_is_reported_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    # The layer has no package that encrypts a password without TLS; the tests' environment has it.
    monkeypatch.setattr(_auth, "_have_cryptography", False)
    monkeypatch.setattr("pymysql.connect", lambda **_: _auth.sha2_rsa_encrypt(b"password", b"salt", b"key"))

    with pytest.raises(Unavailable, match="its account needs TLS: add tls=verify or tls=rds to the URL"):
        open_database("mysql://microshop_app:secret@mysql.invalid:3306/shop").rows("SELECT 1")


def test_a_silent_server_is_unavailable_after_one_attempt(
    database_proxy: Proxy, database_behind_proxy: Database
) -> None:
    database_behind_proxy.rows("SELECT 1")
    database_proxy.stop_answering()

    with pytest.raises(Unavailable):
        database_behind_proxy.rows("SELECT 1")

    assert database_proxy.connections == 1


def test_connecting_to_a_silent_server_has_its_own_shorter_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("microshop.platform.mysql._CONNECT_TIMEOUT_SECONDS", 1)

    with socket.create_server(("127.0.0.1", 0)) as silent:  # the kernel accepts the connection, and no program answers
        url = f"mysql://user:password@127.0.0.1:{silent.getsockname()[1]}/shop"
        with closing(open_database(url, read_timeout_seconds=3600)) as connection, pytest.raises(Unavailable):
            connection.row("SELECT 1")


def test_a_statement_may_take_longer_than_the_timeout_to_connect(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microshop.platform.mysql._CONNECT_TIMEOUT_SECONDS", 1)

    with closing(open_database(database_url, read_timeout_seconds=60)) as connection:
        assert connection.row("SELECT SLEEP(1.5) AS slept") == {"slept": 0}


def test_a_connection_recovers_with_its_server(
    database_proxy: Proxy, database_behind_proxy: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microshop.platform.mysql._CONNECT_TIMEOUT_SECONDS", 1)
    database_proxy.stop_answering()
    with pytest.raises(Unavailable):
        database_behind_proxy.rows("SELECT 1")
    database_proxy.resume()

    assert database_behind_proxy.row("SELECT 1 AS one") == {"one": 1}
