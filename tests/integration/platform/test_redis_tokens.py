"""IAM tokens for Redis: sent only over verified TLS, and created for each connection."""

import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from microshop.errors import Unavailable
from microshop.platform import settings, sign_in
from microshop.platform.redis import Redis, RedisError
from microshop.platform.settings import ServerAddress
from tests.support.certificates import Authority
from tests.support.tls_proxy import TlsProxy
from tests.support.token_signing import Clock, Trust, with_credentials, with_roots

_USER = f"microshop-{secrets.token_hex(4)}"

pytestmark = pytest.mark.usefixtures("patience")

type AcceptToken = Callable[[str], None]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("trusted"))


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The environment of a function, with a clock that the test moves."""
    return with_credentials(monkeypatch)


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Trust]:
    """Makes an authority the trusted one of Amazon's servers, in a layer that only this test uses."""
    with with_roots(tmp_path, "amazon.pem", monkeypatch) as trust:
        yield trust


@pytest.fixture
def accept_token(redis: Redis) -> Iterator[AcceptToken]:
    """Makes the server accept one token of the user and no earlier one."""

    def set_token(token: str) -> None:
        redis.command("ACL", "SETUSER", _USER, "reset", "on", f">{token}", "~*", "+@all", "-flushall")

    yield set_token
    redis.command("ACL", "DELUSER", _USER)


@pytest.fixture
def proxy(authority: Authority, redis_url: str, trust: Trust) -> Iterator[TlsProxy]:
    """Redis over TLS, with a certificate that is trusted."""
    trust(authority)
    with TlsProxy(authority.server_context("localhost"), urlsplit(redis_url).port or 0) as proxy:
        yield proxy


def _address(port: int, host: str = "localhost") -> ServerAddress:
    url = f"rediss://{_USER}@{host}:{port}/0?tls=amazon&auth=iam&cache=microshop-test"
    return settings.redis_address(url)


def _token() -> str:
    return sign_in.redis_password(_address(6379))


def test_a_token_signs_in_over_tls(proxy: TlsProxy, accept_token: AcceptToken) -> None:
    accept_token(_token())

    with closing(Redis(_address(proxy.port))) as redis:
        assert redis.command("ACL", "WHOAMI") == _USER.encode()


def test_an_open_connection_needs_no_new_token_and_a_new_one_gets_one(
    proxy: TlsProxy, accept_token: AcceptToken, clock: Clock, redis: Redis
) -> None:
    accept_token(_token())
    with closing(Redis(_address(proxy.port))) as connection:
        connection.command("PING")
        clock.now += timedelta(hours=12)
        before = connection.command("CLIENT", "ID")
        accept_token(_token())
        redis.command("CLIENT", "KILL", "USER", _USER)

        assert connection.command("ACL", "WHOAMI") == _USER.encode()
        assert connection.command("CLIENT", "ID") != before


@pytest.mark.parametrize("accepted", ["another token", None], ids=["another token", "unknown user"])
def test_the_error_of_a_refused_token_names_the_permission(
    proxy: TlsProxy, accept_token: AcceptToken, accepted: str | None
) -> None:
    if accepted:
        accept_token(accepted)

    with closing(Redis(_address(proxy.port))) as redis:
        for _ in range(2):
            with pytest.raises(Unavailable, match=r"WRONGPASS.*elasticache:Connect") as refused:
                redis.command("PING")

    assert "X-Amz" not in f"{refused.value} {refused.value.__cause__!r}"


def test_a_command_without_permission_is_an_error_and_no_outage(proxy: TlsProxy, accept_token: AcceptToken) -> None:
    accept_token(_token())

    with closing(Redis(_address(proxy.port))) as redis, pytest.raises(RedisError, match="NOPERM"):
        redis.command("FLUSHALL")


def test_a_server_with_an_invalid_certificate_is_refused(
    proxy: TlsProxy, trust: Trust, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with closing(Redis(_address(proxy.port, "127.0.0.1"))) as wrong_host, pytest.raises(Unavailable, match="SSLCert"):
        wrong_host.command("PING")

    trust(Authority(tmp_path_factory.mktemp("untrusted")))
    with closing(Redis(_address(proxy.port))) as redis, pytest.raises(Unavailable, match="SSLCert"):
        redis.command("PING")


def test_a_certificate_without_an_authority_key_id_is_refused(
    trust: Trust, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lax = Authority(tmp_path_factory.mktemp("lax"), lax=True)
    trust(lax)
    with (
        TlsProxy(lax.server_context("localhost"), urlsplit(redis_url).port or 0) as proxy,
        closing(Redis(_address(proxy.port))) as redis,
        pytest.raises(Unavailable, match="SSLCert"),
    ):
        redis.command("PING")


def test_a_server_without_tls_gets_no_token(authority: Authority, trust: Trust) -> None:
    trust(authority)
    received = bytearray()

    def listen() -> None:
        client, _ = listener.accept()
        with client:
            received.extend(client.recv(65536))
            client.sendall(b"-ERR Protocol error\r\n")

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=listen)
        thread.start()
        with closing(Redis(_address(listener.getsockname()[1]))) as redis, pytest.raises(Unavailable, match="SSL"):
            redis.command("PING")
        thread.join()

    assert received
    assert b"X-Amz" not in received


@pytest.mark.parametrize("slow_at", ["handshake", "sign-in"])
def test_connecting_may_take_longer_than_a_command(
    authority: Authority, trust: Trust, monkeypatch: pytest.MonkeyPatch, slow_at: str
) -> None:
    trust(authority)
    monkeypatch.setattr("microshop.platform.redis._COMMAND_SECONDS", 0.2)

    def serve() -> None:
        client, _ = listener.accept()
        time.sleep(0.5 if slow_at == "handshake" else 0)
        with context.wrap_socket(client, server_side=True) as encrypted:
            encrypted.recv(65536)
            time.sleep(0.5 if slow_at == "sign-in" else 0)
            encrypted.sendall(b"+OK\r\n")
            encrypted.recv(65536)
            encrypted.sendall(b"+PONG\r\n")

    context = authority.server_context("localhost")
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        with closing(Redis(_address(listener.getsockname()[1]))) as redis:
            assert redis.command("PING") == b"PONG"
        thread.join()


def test_a_server_that_does_not_finish_the_handshake_is_unavailable(
    authority: Authority, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(authority)
    monkeypatch.setattr("microshop.platform.redis._CONNECT_SECONDS", 0.2)

    # The kernel accepts the connection, and no program reads from it.
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as listener,
        closing(Redis(_address(listener.getsockname()[1]))) as redis,
        pytest.raises(Unavailable, match="Timeout"),
    ):
        redis.command("PING")


def test_a_server_that_requires_a_password_is_unavailable_without_it(redis_url: str) -> None:
    url = urlsplit(redis_url)
    address = settings.redis_address(f"redis://{url.hostname}:{url.port}/0")

    with closing(Redis(address)) as redis, pytest.raises(Unavailable, match="NOAUTH, it requires a password"):
        redis.command("PING")
