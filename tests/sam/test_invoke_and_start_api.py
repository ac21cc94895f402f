"""`make invoke` and `make start-api` run functions in containers, on the servers of a running shop."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.support.runner import Runner, eventually
from tools import ROOT
from tools.local.servers.ports_and_passwords import LOOPBACK, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


_SECONDS = 300


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, image: None) -> Iterator[Runner]:
    """A shop as `make run` serves it."""
    with Runner(tmp_path_factory.mktemp("by-hand")) as running:
        yield running


def _command(shop: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "tools.sam_local", "--data-folder", str(shop), *arguments]


def _invoke(shop: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = _command(shop, "invoke", *arguments)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_SECONDS, check=False)


def test_invoking_a_function_prints_its_answer(shop: Runner, tmp_path: Path) -> None:
    event = json.loads((ROOT / "events/get_product.json").read_text(encoding="utf-8"))
    event["pathParameters"] = {"id": "1"}
    (tmp_path / "event.json").write_text(json.dumps(event))
    served = requests.get(f"{shop.url}/api/v1/products/1", timeout=30).json()

    done = _invoke(shop.data_folder, "get_product", "--event", str(tmp_path / "event.json"))

    assert done.returncode == 0, done.stderr
    assert json.loads(json.loads(done.stdout)["body"])["name"] == served["name"]


def test_a_function_of_a_nested_stack_is_invoked_with_its_sample_event(shop: Runner) -> None:
    done = _invoke(shop.data_folder, "CountOrdersFunction")

    assert json.loads(done.stdout) == {"batchItemFailures": []}, done.stderr


@pytest.fixture(scope="module")
def api(shop: Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of both APIs, as `make start-api` serves them."""
    port = free_port(tmp_path_factory.mktemp("start-api") / "port")
    with _serving(_command(shop.data_folder, "start-api", "--port", str(port))) as has_ended:
        url = f"http://{LOOPBACK}:{port}/api/v1"
        eventually(lambda: has_ended() or _listens(url), "SAM serves the APIs", seconds=_SECONDS)
        yield url


def test_start_api_serves_customers_who_are_logged_in(api: str) -> None:
    login = _logged_in(api, "customer")

    orders = _get(f"{api}/orders", login)

    assert {order["user_id"] for order in orders["items"]} == {login["user"]["id"]}


def test_start_api_serves_the_back_office(api: str) -> None:
    login = _logged_in(api, "admin")

    session = _get(f"{api}/admin/session", login)

    assert (session["user_id"], "refund" in session["scopes"]) == (login["user"]["id"], True)


def _logged_in(api: str, name: str) -> dict[str, Any]:
    account = {"email": f"{name}@example.com", "password": f"{name}-password"}
    login: dict[str, Any] = requests.post(f"{api}/users/login", json=account, timeout=_SECONDS).json()
    return login


def _get(url: str, login: dict[str, Any]) -> dict[str, Any]:
    answer = requests.get(url, headers={"Authorization": f"Bearer {login['token']}"}, timeout=_SECONDS)
    found: dict[str, Any] = answer.json()
    return found


@contextlib.contextmanager
def _serving(command: list[str]) -> Iterator[Callable[[], bool]]:
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield lambda: process.poll() is not None
        finally:
            process.terminate()


def _listens(api: str) -> bool:
    with contextlib.suppress(requests.ConnectionError):
        requests.get(api, timeout=_SECONDS)
        return True
    return False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["get_product"], "the shop is not running: start it with `make run`"),
        (["buy_product"], "there is no function FUNCTION=buy_product: choose one of accept_invitation, "),
        (["get_product", "--event", "nowhere.json"], "EVENT=nowhere.json is not a file"),
    ],
)
def test_an_invocation_that_is_impossible_gives_one_sentence(arguments: list[str], words: str, tmp_path: Path) -> None:
    done = _invoke(tmp_path, *arguments)

    assert done.returncode == 1
    assert done.stderr.startswith(f"microshop: {words}")
    assert done.stderr.count("\n") == 1
