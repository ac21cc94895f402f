"""The shop restarts a server that is killed, with its stored data, or stops and says why."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.support.buyers import Client, a_customer, a_product, insisting, the_admin
from tests.support.card_payments import GOOD, CardPayments
from tests.support.runner import Runner, eventually

_SERVERS = {"database": "database", "redis": "redis", "stripe": "Stripe stand-in", "aws": "AWS stand-in"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with Runner(tmp_path_factory.mktemp("dying") / "shop") as running:
        yield running


@pytest.mark.parametrize("server", _SERVERS)
def test_orders_payments_and_mails_go_on_after_a_server_was_killed(shop: Runner, server: str) -> None:
    customer, admin, cards = a_customer(shop.url), the_admin(shop.url), CardPayments(shop.stripe_url)
    kept = _placed(customer, admin)

    killed = _kill(shop, server)

    eventually(lambda: _says(shop, f"{_SERVERS[server]} answers again"), "the server is started again")
    assert _says(shop, f"{_SERVERS[server]} ended (signal SIGKILL) and is started again")
    assert _state_of_process(killed) == ""  # nor a zombie
    found = insisting(lambda: customer.ask("GET", f"/orders/{kept}"))
    assert found.status_code == 200  # session and order are there
    paid = _placed(customer, admin)
    cards.confirm(insisting(lambda: customer.ask("POST", f"/orders/{paid}/payment")).json(), GOOD)
    eventually(lambda: customer.ask("GET", f"/orders/{paid}").json()["payment_status"] == "paid", "a webhook comes")
    number = customer.ask("GET", f"/orders/{paid}").json()["order_number"]
    eventually(lambda: any(number in mail["subject"] for mail in shop.mails()), "a mail is sent")


def test_the_shop_stops_with_one_line_when_a_server_ends_repeatedly(shop: Runner) -> None:
    killed: int | None = None
    while not shop.has_ended:
        pid = shop.pid_of("redis")
        if pid not in (killed, None):
            killed = _kill(shop, "redis")
        time.sleep(0.05)

    last = shop.log.splitlines()[-1]
    assert last.startswith("microshop: redis ended (signal SIGKILL) after 3 new starts within a minute")
    assert last.endswith(f"its log is {shop.data_folder / 'logs' / 'redis.log'}")
    assert [shop.pid_of(server) for server in _SERVERS] == [None] * len(_SERVERS)


def _kill(shop: Runner, server: str) -> int:
    pid = shop.pid_of(server)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


def _state_of_process(pid: int) -> str:
    command = ["/bin/ps", "-o", "stat=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _says(shop: Runner, words: str) -> bool:
    return any(words in line for line in shop.log.splitlines())


def _placed(customer: Client, admin: Client) -> int:
    answer = customer.insist_on_order((a_product(admin, stock=5), 1))
    assert answer.status_code == 201, answer.text
    return int(answer.json()["order_id"])
