"""Commands that query the running shop: when it does not answer, at a closed pipe, and at Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tools import ROOT
from tools.local.invocation import invoke
from tools.local.sent_mails import latest_mails
from tools.local.servers.probe import is_healthy
from tools.local.stripe.registration import Registration
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAIL = {"number": 1, "at": "", "to": "ada@example.com", "subject": "Welcome \ud800", "text": "", "html": ""}
_MAILS = b"HTTP/1.0 200 OK\r\n\r\n" + json.dumps([_MAIL]).encode()
_NO_SHOP = "the shop is not running: start it with `make run`\n"


class Server:
    """Sends each client the same bytes. Without an answer, it keeps the client waiting."""

    def __init__(self, data_folder: Path) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.answer: bytes | None = None
        self.has_request = threading.Event()
        self._is_closed = False
        self._clients: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        (data_folder / "run").mkdir()
        parts = dict.fromkeys(("url", "control_url", "aws_endpoint_url", "stripe_url"), self.url)
        (data_folder / "run" / "stack.json").write_text(json.dumps(parts))

    def close(self) -> None:
        """Stop, and close the connections of clients."""
        self._is_closed = True
        self._clients.append(socket.create_connection(self._listener.getsockname()))
        self._thread.join()
        for each in (self._listener, *self._clients):
            each.close()

    def _serve(self) -> None:
        while True:
            client, _ = self._listener.accept()
            if self._is_closed:
                client.close()
                return
            client.recv(65536)
            self.has_request.set()
            if self.answer is None:
                self._clients.append(client)
                continue
            client.sendall(self.answer)
            client.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server at the shop's address in the test's data folder."""
    server = Server(tmp_path)
    yield server
    server.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[]",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nHello",
    ],
    ids=["closed", "killed-within-an-answer", "another-protocol", "another-program"],
)
def test_a_shop_that_dies_during_a_query_is_reported_with_a_remedy(
    server: Server, tmp_path: Path, answer: bytes
) -> None:
    server.answer = answer

    with pytest.raises(LocalProblem, match=r"does not respond .* `make run`"):
        latest_mails(server.url)
    with pytest.raises(LocalProblem, match=r"does not respond .* `make run`"):
        invoke(tmp_path, "MigrateFunction", "{}")


def test_a_server_that_speaks_another_protocol_does_not_answer(server: Server) -> None:
    server.answer = b"220 mail.example ESMTP\r\n"
    provider = Registration(server.url, "arn", "whsec_1")

    assert not is_healthy(int(server.url.rpartition(":")[2]), "/")
    with pytest.raises(LocalProblem, match=f"The payment provider at {server.url} does not respond"):
        provider.register_webhook_endpoint("http://127.0.0.1:3000")


@pytest.mark.parametrize(
    ("command", "program"),
    [("tools.local mails", "microshop"), ("tools.operator migrations", "microshop"), ("tools.tour", "tour")],
)
def test_an_incomplete_state_file_means_that_no_shop_runs(tmp_path: Path, command: str, program: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "stack.json").write_text('{"url": "http://127.')
    module, *words = command.split()

    done = subprocess.run(
        [sys.executable, "-m", module, "--data-folder", tmp_path, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (1, f"{program}: {_NO_SHOP}")


def test_make_mails_ends_silently_when_its_pipe_is_closed(server: Server, tmp_path: Path) -> None:
    server.answer = _MAILS
    reading, writing = os.pipe()
    os.close(reading)

    with _mails(tmp_path, stdout=writing) as process:
        _, errors = process.communicate()
    os.close(writing)

    assert (process.returncode, errors) == (-signal.SIGPIPE, "")


@pytest.fixture
def _default_interrupt() -> Iterator[None]:
    """Let child processes react to Ctrl-C, also if the tests run in the background, where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_default_interrupt")
def test_make_mails_ends_without_a_traceback_at_ctrl_c(server: Server, tmp_path: Path) -> None:
    with _mails(tmp_path, stdout=subprocess.DEVNULL) as process:
        server.has_request.wait()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()

    assert (process.returncode, errors) == (128 + signal.SIGINT, "\nmicroshop: stopped\n")


def test_requests_to_the_shop_bypass_a_proxy(server: Server, tmp_path: Path) -> None:
    server.answer = _MAILS
    proxy = {"http_proxy": "http://127.0.0.1:9", "no_proxy": "", "NO_PROXY": ""}

    with _mails(tmp_path, stdout=subprocess.PIPE, **proxy) as process:
        listed, _ = process.communicate()

    assert "Welcome" in listed


def _mails(data_folder: Path, *, stdout: int, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tools.local", "--data-folder", data_folder, "mails"],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )
