"""A moto server, and a local stack on the fixture template."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.local_stack import LocalStack, eventually
from tools.local.servers import aws_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FIXTURE = Path(__file__).with_name("fixture")


@pytest.fixture(scope="session")
def start_moto() -> Iterator[Callable[[], str]]:
    """Starts a moto server. Stacks with queues need their own, because a long poll outlives the stack."""
    servers: list[subprocess.Popen[bytes]] = []

    def start() -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        servers.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        eventually(lambda: _answers(port))
        return f"http://127.0.0.1:{port}"

    yield start
    for server in servers:
        server.kill()
        server.wait()


@pytest.fixture(scope="session")
def moto_url(start_moto: Callable[[], str]) -> str:
    return start_moto()


@pytest.fixture(scope="module")
def stack(start_moto: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with LocalStack(_FIXTURE / "template.yaml", tmp_path_factory.mktemp("stack"), start_moto()) as running:
        yield running


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A copy of the fixture template and its functions, which the test changes."""
    shutil.copytree(_FIXTURE, tmp_path / "fixture", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "fixture" / "template.yaml"


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", aws_paths.READY)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
