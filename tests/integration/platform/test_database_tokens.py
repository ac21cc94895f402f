"""IAM tokens for the database: sent only over verified TLS, and created for each connection."""

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

_STATEMENT = "DO 1"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("trusted"))


@pytest.fixture(scope="module")
def untrusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("untrusted"))


@pytest.fixture(scope="module")
def tls_database(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[TlsDatabase]:
    with running_tls_database(tmp_path_factory.mktemp("database"), authority, "localhost") as running:
        yield running


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The environment of a function, with a clock that the test moves."""
    return with_credentials(monkeypatch)


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Trust]:
    """Makes an authority the trusted one of the region's databases, in a layer that only this test uses."""
    with with_roots(tmp_path, "rds-eu-central-1.pem", monkeypatch) as trust:
        yield trust


def _open(port: int, *, host: str = "localhost", user: str = "microshop_app") -> Database:
    url = f"mysql://{user}@{host}:{port}/?tls=rds&auth=iam"
    return Database(settings.database_address(url))


def _token(port: int, *, host: str = "localhost") -> str:
    return sign_in.database_password(
        settings.database_address(f"mysql://microshop_app@{host}:{port}/?tls=rds&auth=iam")
    )


def test_a_token_is_sent_as_clear_text_within_tls(authority: Authority, trust: Trust) -> None:
    trust(authority)
    with MysqlWithTokens(authority.server_context("localhost")) as mysql:
        mysql.accepted = _token(mysql.port)

        with closing(_open(mysql.port)) as database:
            database.execute(_STATEMENT)

        assert mysql.passwords == [mysql.accepted]
        assert b"X-Amz" not in mysql.in_clear


def test_a_server_without_tls_gets_no_token(authority: Authority, trust: Trust) -> None:
    trust(authority)
    with MysqlWithTokens(None) as mysql, closing(_open(mysql.port)) as database:
        with pytest.raises(Unavailable, match="OperationalError 2026"):
            database.execute(_STATEMENT)

        assert mysql.passwords == []
        assert b"X-Amz" not in mysql.in_clear


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_server_with_an_invalid_certificate_gets_no_token(
    authority: Authority, untrusted: Authority, trust: Trust, host: str
) -> None:
    trust(authority)
    impostor = untrusted if host == "localhost" else authority
    with (
        MysqlWithTokens(impostor.server_context("localhost")) as mysql,
        closing(_open(mysql.port, host=host)) as database,
    ):
        with pytest.raises(Unavailable, match="of SSLCertVerificationError"):
            database.execute(_STATEMENT)

        assert mysql.passwords == []


def test_a_certificate_without_an_authority_key_id_is_accepted(
    tmp_path_factory: pytest.TempPathFactory, trust: Trust
) -> None:
    lax = Authority(tmp_path_factory.mktemp("lax"), lax=True)
    trust(lax)
    with MysqlWithTokens(lax.server_context("localhost")) as mysql:
        mysql.accepted = _token(mysql.port)

        with closing(_open(mysql.port)) as database:
            database.execute(_STATEMENT)

        assert mysql.passwords == [mysql.accepted]


@pytest.mark.parametrize("fault", ["another authority", "another host"])
def test_a_certificate_without_an_authority_key_id_must_be_valid(
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
            database.execute(_STATEMENT)

        assert mysql.passwords == []


def test_a_url_with_a_token_and_without_tls_is_invalid() -> None:
    with pytest.raises(InvalidServerUrl):
        settings.database_address("mysql://microshop_app@h/d?auth=iam")


def test_an_open_connection_needs_no_new_token(authority: Authority, trust: Trust, clock: Clock) -> None:
    trust(authority)
    with MysqlWithTokens(authority.server_context("localhost")) as mysql:
        mysql.accepted = _token(mysql.port)
        with closing(_open(mysql.port)) as database:
            database.execute(_STATEMENT)
            clock.now += timedelta(hours=1)

            database.execute(_STATEMENT)

        assert len(mysql.passwords) == 1


def test_a_new_connection_gets_a_new_token(authority: Authority, trust: Trust, clock: Clock) -> None:
    trust(authority)
    with MysqlWithTokens(authority.server_context("localhost")) as mysql:
        mysql.accepted = _token(mysql.port)
        with closing(_open(mysql.port)) as database:
            database.execute(_STATEMENT)
            clock.now += timedelta(minutes=16)
            mysql.accepted = _token(mysql.port)
            mysql.cut()

            database.execute(_STATEMENT, idempotent=True)

        assert len(set(mysql.passwords)) == 2
        assert mysql.passwords[-1] == mysql.accepted


def test_the_error_of_a_refused_token_names_the_permission(authority: Authority, trust: Trust) -> None:
    trust(authority)
    with (
        MysqlWithTokens(authority.server_context("localhost"), accepted="another") as mysql,
        closing(_open(mysql.port)) as database,
    ):
        with pytest.raises(Unavailable, match=r"1045, access denied.*rds-db:connect") as refused:
            database.execute(_STATEMENT)

        assert mysql.passwords
        assert "X-Amz" not in f"{refused.value} {refused.value.__cause__!r}"


def test_a_real_server_accepts_the_token(tls_database: TlsDatabase, authority: Authority, trust: Trust) -> None:
    trust(authority)
    tls_database.create_user("microshop_app", _token(tls_database.port))

    with closing(_open(tls_database.port)) as database:
        assert database.row("SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', 1) AS user") == {"user": "microshop_app"}
        cipher = database.row("SHOW STATUS LIKE 'Ssl_cipher'")

    assert cipher is not None
    assert cipher["Value"]


def test_a_url_without_tls_connects_without_tls_even_if_the_server_offers_it(tls_database: TlsDatabase) -> None:
    # Unverified TLS would look like protection.
    with closing(Database(settings.database_address(tls_database.url))) as database:
        cipher = database.row("SHOW STATUS LIKE 'Ssl_cipher'")

    assert cipher is not None
    assert cipher["Value"] == ""


def test_a_real_server_refuses_an_expired_token(
    tls_database: TlsDatabase, authority: Authority, trust: Trust, clock: Clock
) -> None:
    trust(authority)
    tls_database.create_user("microshop_app", _token(tls_database.port))
    clock.now += timedelta(minutes=16)

    with closing(_open(tls_database.port)) as database, pytest.raises(Unavailable, match="access denied"):
        database.row("SELECT 1")


def test_a_real_server_with_an_invalid_certificate_is_refused(
    tls_database: TlsDatabase, authority: Authority, untrusted: Authority, trust: Trust
) -> None:
    trust(authority)
    with closing(_open(tls_database.port, host="127.0.0.1")) as database, pytest.raises(Unavailable, match="SSLCert"):
        database.row("SELECT 1")

    trust(untrusted)
    with closing(_open(tls_database.port)) as database, pytest.raises(Unavailable, match="SSLCert"):
        database.row("SELECT 1")


def test_ssl_cert_file_replaces_the_roots_of_the_region(
    tls_database: TlsDatabase, authority: Authority, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(authority)
    tls_database.create_user("microshop_app", "a password")
    url = f"mysql://microshop_app:a%20password@localhost:{tls_database.port}/?tls=verify"
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.roots))

    with closing(Database(settings.database_address(url))) as database:
        assert database.row("SELECT 1 AS one") == {"one": 1}
