"""A database without passwords: tokens go through verified TLS or nowhere, and every connection has its own."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from microshop.errors import Unavailable
from microshop.platform import settings, sign_in
from microshop.platform.mysql import Database
from microshop.platform.settings import InvalidServerUrl
from tests.support.certificates import Authority
from tests.support.mysql_with_tokens import MysqlWithTokens
from tests.support.tls_database import TlsDatabase, running_tls_database
from tests.support.token_signing import Clock, Trust, with_credentials, with_roots

_DO_NOTHING = "DO 1"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("trusted"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="module")
def tls_database(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[TlsDatabase]:
    with running_tls_database(tmp_path_factory.mktemp("database"), authority, "localhost") as running:
        yield running


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A function's environment, whose time stands still."""
    return with_credentials(monkeypatch)


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Trust]:
    """Makes an authority that of the region's databases, in a layer of the test's own."""
    with with_roots(tmp_path, "rds-eu-central-1.pem", monkeypatch) as trust:
        yield trust


def _open(port: int, *, host: str = "localhost", user: str = "microshop_app") -> Database:
    url = f"mysql://{user}@{host}:{port}/?tls=rds&auth=iam"
    return Database(settings.database_address(url))


def _token(port: int, *, host: str = "localhost") -> str:
    return sign_in.database_password(
        settings.database_address(f"mysql://microshop_app@{host}:{port}/?tls=rds&auth=iam")
    )


def test_a_token_is_told_in_clear_within_tls(authority: Authority, trust: Trust) -> None:
    trust(authority)
    with MysqlWithTokens(authority.server_context("localhost")) as mysql:
        mysql.accepted = _token(mysql.port)

        with closing(_open(mysql.port)) as database:
            database.execute(_DO_NOTHING)

        assert mysql.passwords == [mysql.accepted]
        assert b"X-Amz" not in mysql.in_clear


def test_a_server_without_tls_is_told_nothing(authority: Authority, trust: Trust) -> None:
    trust(authority)
    with MysqlWithTokens(None) as mysql, closing(_open(mysql.port)) as database:
        with pytest.raises(Unavailable, match="OperationalError 2026"):
            database.execute(_DO_NOTHING)

        assert mysql.passwords == []
        assert b"X-Amz" not in mysql.in_clear


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_server_that_cannot_show_who_it_is_is_told_nothing(
    authority: Authority, stranger: Authority, trust: Trust, host: str
) -> None:
    trust(authority)
    impostor = stranger if host == "localhost" else authority
    with (
        MysqlWithTokens(impostor.server_context("localhost")) as mysql,
        closing(_open(mysql.port, host=host)) as database,
    ):
        with pytest.raises(Unavailable, match="of SSLCertVerificationError"):
            database.execute(_DO_NOTHING)

        assert mysql.passwords == []


def test_a_database_whose_certificate_names_no_key_of_its_authority_is_taken(
    tmp_path_factory: pytest.TempPathFactory, trust: Trust
) -> None:
    lax = Authority(tmp_path_factory.mktemp("lax"), lax=True)
    trust(lax)
    with running_tls_database(tmp_path_factory.mktemp("lax_database"), lax, "localhost") as running:
        token = _token(running.port)
        running.let_in("microshop_app", token)

        with closing(_open(running.port)) as database:
            assert database.rows("SELECT 1 AS one") == [{"one": 1}]


@pytest.mark.parametrize("fault", ["another authority", "another host"])
def test_a_database_whose_certificate_names_no_key_must_still_be_who_it_is(
    tmp_path_factory: pytest.TempPathFactory, trust: Trust, authority: Authority, fault: str
) -> None:
    lax = Authority(tmp_path_factory.mktemp("lax"), lax=True)
    trust(authority if fault == "another authority" else lax)
    host = "127.0.0.1" if fault == "another host" else "localhost"
    with (
        MysqlWithTokens(lax.server_context("localhost")) as mysql,
        closing(_open(mysql.port, host=host)) as database,
    ):
        with pytest.raises(Unavailable, match="of SSLCertVerificationError"):
            database.execute(_DO_NOTHING)

        assert mysql.passwords == []


def test_a_url_that_asks_for_a_token_without_tls_makes_no_connection() -> None:
    with pytest.raises(InvalidServerUrl):
        settings.database_address("mysql://microshop_app@h/d?auth=iam")


def test_a_connection_keeps_the_token_it_was_made_with(authority: Authority, trust: Trust, clock: Clock) -> None:
    trust(authority)
    with MysqlWithTokens(authority.server_context("localhost")) as mysql:
        mysql.accepted = _token(mysql.port)
        with closing(_open(mysql.port)) as database:
            database.execute(_DO_NOTHING)
            clock.now += timedelta(hours=1)

            database.execute(_DO_NOTHING)

        assert len(mysql.passwords) == 1


def test_a_lost_connection_is_made_anew_with_a_token_of_the_moment(
    authority: Authority, trust: Trust, clock: Clock
) -> None:
    trust(authority)
    with MysqlWithTokens(authority.server_context("localhost")) as mysql:
        mysql.accepted = _token(mysql.port)
        with closing(_open(mysql.port)) as database:
            database.execute(_DO_NOTHING)
            clock.now += timedelta(minutes=16)
            mysql.accepted = _token(mysql.port)
            mysql.cut()

            database.execute(_DO_NOTHING, idempotent=True)

        assert len(set(mysql.passwords)) == 2
        assert mysql.passwords[-1] == mysql.accepted


def test_a_refused_token_is_told_with_what_to_look_at_and_without_the_token(authority: Authority, trust: Trust) -> None:
    trust(authority)
    with (
        MysqlWithTokens(authority.server_context("localhost"), accepted="another") as mysql,
        closing(_open(mysql.port)) as database,
    ):
        with pytest.raises(Unavailable, match=r"1045, access denied.*rds-db:connect") as refused:
            database.execute(_DO_NOTHING)

        assert mysql.passwords
        assert "X-Amz" not in f"{refused.value} {refused.value.__cause__!r}"


def test_a_real_server_lets_the_token_in(tls_database: TlsDatabase, authority: Authority, trust: Trust) -> None:
    trust(authority)
    tls_database.let_in("microshop_app", _token(tls_database.port))

    with closing(_open(tls_database.port)) as database:
        assert database.row("SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', 1) AS user") == {"user": "microshop_app"}
        cipher = database.row("SHOW STATUS LIKE 'Ssl_cipher'")

    assert cipher is not None
    assert cipher["Value"]


def test_a_real_server_refuses_a_token_of_another_time(
    tls_database: TlsDatabase, authority: Authority, trust: Trust, clock: Clock
) -> None:
    trust(authority)
    tls_database.let_in("microshop_app", _token(tls_database.port))
    clock.now += timedelta(minutes=16)

    with closing(_open(tls_database.port)) as database, pytest.raises(Unavailable, match="access denied"):
        database.row("SELECT 1")


def test_a_real_server_of_another_authority_or_name_is_not_spoken_to(
    tls_database: TlsDatabase, authority: Authority, stranger: Authority, trust: Trust
) -> None:
    trust(authority)
    with closing(_open(tls_database.port, host="127.0.0.1")) as database, pytest.raises(Unavailable, match="SSLCert"):
        database.row("SELECT 1")

    trust(stranger)
    with closing(_open(tls_database.port)) as database, pytest.raises(Unavailable, match="SSLCert"):
        database.row("SELECT 1")


def test_the_roots_of_ssl_cert_file_serve_where_the_region_has_none(
    tls_database: TlsDatabase, authority: Authority, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(authority)
    tls_database.let_in("microshop_app", "a password")
    url = f"mysql://microshop_app:a%20password@localhost:{tls_database.port}/?tls=verify"
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.roots))

    with closing(Database(settings.database_address(url))) as database:
        assert database.row("SELECT 1 AS one") == {"one": 1}
