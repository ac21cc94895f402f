"""The health probe against servers that answer, refuse, hang, redirect or send garbage."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest
from pytest_socket import enable_socket, socket_allow_hosts

from tests.support.builders import an_execution
from tests.support.functions import load_function, sample_event
from tests.support.output import Output, dimensions_of

_HEALTHY = b'{"status":"ok","database":"ok","redis":"ok"}'


@pytest.fixture
def probe(output: Output) -> ModuleType:
    """The function, with access to this machine and a short timeout."""
    enable_socket()
    socket_allow_hosts(["127.0.0.1"])
    module = load_function("health/probe_health")
    module._TIMEOUT_SECONDS = 0.3  # type: ignore[attr-defined]
    return module


@contextmanager
def _served(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve every connection with `answer`. Yields the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                connection, _ = listener.accept()
                with connection:
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/dev"
        over.set()
        socket.create_connection(listener.getsockname()).close()
        thread.join()


def _answering(status: str, body: bytes, *headers: str) -> Callable[[socket.socket], None]:
    head = "\r\n".join((f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""))
    return _saying(head.encode() + body)


def _saying(answer: bytes) -> Callable[[socket.socket], None]:
    def say(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(answer)

    return say


def _hang(connection: socket.socket) -> None:
    connection.settimeout(5)
    while connection.recv(4096):  # until the probe times out
        pass


def _dies(connection: socket.socket) -> None:
    connection.recv(4096)


def _probed(probe: ModuleType, monkeypatch: pytest.MonkeyPatch, url: str) -> object:
    monkeypatch.setenv("API_URL", url)
    return probe.handler(sample_event("health/probe_health"), an_execution())["up"]


def _up(output: Output) -> list[float]:
    [line] = output.metric("health_probe_up")
    assert dimensions_of(line) == {"service": "microshop"}
    assert line["health_probe_seconds"][0] >= 0
    found: list[float] = line["health_probe_up"]
    return found


def test_probe_reports_a_healthy_shop_as_up(probe: ModuleType, output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    with _served(_answering("200 OK", _HEALTHY)) as url:
        assert _probed(probe, monkeypatch, url) is True

    assert _up(output) == [1]
    assert output.logs == []


def test_probe_asks_the_health_endpoint_of_the_stage(
    probe: ModuleType, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        asked.append(connection.recv(4096))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with _served(answer) as url:
        _probed(probe, monkeypatch, url + "/")

    assert asked[0].startswith(b"GET /dev/api/v1/health HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_answering("503 Service Unavailable", b'{"status":"unavailable"}'), "status 503"),
        (_answering("302 Found", b"", "Location: http://127.0.0.1:1/"), "status 302"),
        (_answering("200 OK", b'{"status":"unavailable"}'), "status 200"),
        (_answering("200 OK", b"<html>Welcome</html>"), "status 200"),
        (_answering("200 OK", b"[]"), "status 200"),
        (_answering("200 OK", b'"ok"'), "status 200"),
        (_saying(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"), "status 200"),
        (_saying(b"SSH-2.0-OpenSSH\r\n\r\n"), "BadStatusLine"),
        (_dies, "RemoteDisconnected"),
        (_hang, "TimeoutError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_probe_reports_any_other_answer_as_down_with_its_reason(
    probe: ModuleType,
    output: Output,
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[socket.socket], None],
    reason: str,
) -> None:
    with _served(answer) as url:
        assert _probed(probe, monkeypatch, url) is False

    assert _up(output) == [0]
    assert [line["reason"] for line in output.logs] == [reason]


def test_probe_reports_a_refused_connection_as_down(
    probe: ModuleType, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert _probed(probe, monkeypatch, f"http://127.0.0.1:{port}/dev") is False

    assert _up(output) == [0]


def test_probe_reports_an_unresolved_name_as_down(
    probe: ModuleType, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _no_such_name)

    assert _probed(probe, monkeypatch, "http://shop.invalid/dev") is False

    assert [line["reason"] for line in output.logs] == ["gaierror"]


def test_probe_reports_an_unverified_certificate_as_down(
    probe: ModuleType, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts: list[ssl.SSLContext] = []
    make = ssl._create_default_https_context

    def noted() -> ssl.SSLContext:
        contexts.append(make())
        return contexts[-1]

    monkeypatch.setattr(ssl, "_create_default_https_context", noted)

    with _served(_answering("200 OK", _HEALTHY)) as url:
        assert _probed(probe, monkeypatch, url.replace("http:", "https:")) is False

    [context] = contexts
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert _up(output) == [0]


def test_probe_reports_a_late_answer_as_down(
    probe: ModuleType, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, 20.0])
    monkeypatch.setattr(probe, "time", type("Clock", (), {"monotonic": lambda: next(times)}))

    with _served(_answering("200 OK", _HEALTHY)) as url:
        assert _probed(probe, monkeypatch, url) is False

    assert [line["reason"] for line in output.logs] == ["answered too late"]


def _no_such_name(*_arguments: object, **_named: object) -> None:
    raise socket.gaierror(-2, "Name or service not known")
