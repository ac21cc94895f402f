"""A Redis without passwords: tokens go through verified TLS or nowhere, and every connection has its own."""

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

type LetIn = Callable[[str], None]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("trusted"))


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A function's environment, whose time stands still."""
    return with_credentials(monkeypatch)


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Trust]:
    """Makes an authority that of Amazon's servers, in a layer of the test's own."""
    with with_roots(tmp_path, "amazon.pem", monkeypatch) as trust:
        yield trust


@pytest.fixture
def let_in(redis: Redis) -> Iterator[LetIn]:
    """Has the server accept one token of the user, and none that it accepted before."""

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


def test_a_token_signs_in_over_tls(proxy: TlsProxy, let_in: LetIn) -> None:
    let_in(_token())

    with closing(Redis(_address(proxy.port))) as redis:
        assert redis.command("ACL", "WHOAMI") == _USER.encode()


def test_a_connection_outlives_its_token_and_a_dropped_one_gets_a_new_one(
    proxy: TlsProxy, let_in: LetIn, clock: Clock, redis: Redis
) -> None:
    let_in(_token())
    with closing(Redis(_address(proxy.port))) as signed_in:
        signed_in.command("PING")
        clock.now += timedelta(hours=12)
        before = signed_in.command("CLIENT", "ID")
        let_in(_token())
        redis.command("CLIENT", "KILL", "USER", _USER)

        assert signed_in.command("ACL", "WHOAMI") == _USER.encode()
        assert signed_in.command("CLIENT", "ID") != before


@pytest.mark.parametrize("accepted", ["another token", None], ids=["of another time", "nobody's"])
def test_a_refused_token_is_told_with_what_to_look_at_and_without_the_token(
    proxy: TlsProxy, let_in: LetIn, accepted: str | None
) -> None:
    if accepted:
        let_in(accepted)

    with closing(Redis(_address(proxy.port))) as redis:
        for _ in range(2):
            with pytest.raises(Unavailable, match=r"WRONGPASS.*elasticache:Connect") as refused:
                redis.command("PING")

    assert "X-Amz" not in f"{refused.value} {refused.value.__cause__!r}"


def test_a_command_that_the_user_may_not_give_is_a_fault_and_no_outage(proxy: TlsProxy, let_in: LetIn) -> None:
    let_in(_token())

    with closing(Redis(_address(proxy.port))) as redis, pytest.raises(RedisError, match="NOPERM"):
        redis.command("FLUSHALL")


def test_a_server_that_cannot_show_who_it_is_is_not_spoken_to(
    proxy: TlsProxy, trust: Trust, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with closing(Redis(_address(proxy.port, "127.0.0.1"))) as misnamed, pytest.raises(Unavailable, match="SSLCert"):
        misnamed.command("PING")

    trust(Authority(tmp_path_factory.mktemp("stranger")))
    with closing(Redis(_address(proxy.port))) as redis, pytest.raises(Unavailable, match="SSLCert"):
        redis.command("PING")


def test_a_cache_whose_certificate_names_no_key_of_its_authority_is_not_spoken_to(
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


def test_a_server_without_tls_is_told_nothing(authority: Authority, trust: Trust) -> None:
    trust(authority)
    told = bytearray()

    def listen() -> None:
        client, _ = listener.accept()
        with client:
            told.extend(client.recv(65536))
            client.sendall(b"-ERR Protocol error\r\n")

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=listen)
        thread.start()
        with closing(Redis(_address(listener.getsockname()[1]))) as redis, pytest.raises(Unavailable, match="SSL"):
            redis.command("PING")
        thread.join()

    assert told
    assert b"X-Amz" not in told


@pytest.mark.parametrize("slow_at", ["handshake", "sign-in"])
def test_a_connection_has_longer_to_be_made_than_a_command(
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


def test_a_server_that_never_ends_the_handshake_is_unavailable(
    authority: Authority, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(authority)
    monkeypatch.setattr("microshop.platform.redis._CONNECT_SECONDS", 0.2)

    # The system takes the connection; nobody reads from it.
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as listener,
        closing(Redis(_address(listener.getsockname()[1]))) as redis,
        pytest.raises(Unavailable, match="Timeout"),
    ):
        redis.command("PING")


def test_a_server_that_wants_a_password_and_gets_none_is_unavailable(redis_url: str) -> None:
    url = urlsplit(redis_url)
    nobody = settings.redis_address(f"redis://{url.hostname}:{url.port}/0")

    with closing(Redis(nobody)) as redis, pytest.raises(Unavailable, match="NOAUTH, it requires a password"):
        redis.command("PING")
