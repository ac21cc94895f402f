"""The shop restarts a killed server with its stored data, or stops with a reason."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.support.buyers import Client, a_customer, a_product, the_admin, with_retries
from tests.support.card_payments import GOOD, CardPayments
from tests.support.runner import Runner, eventually

_SERVERS = {"database": "database", "redis": "redis", "stripe": "Stripe stand-in", "aws": "AWS stand-in"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with Runner(tmp_path_factory.mktemp("dying") / "shop") as running:
        yield running


@pytest.mark.parametrize("server", _SERVERS)
def test_orders_payments_and_mails_continue_after_a_server_is_killed(shop: Runner, server: str) -> None:
    customer, admin, cards = a_customer(shop.url), the_admin(shop.url), CardPayments(shop.stripe_url)
    earlier = _place_order(customer, admin)

    killed = _kill(shop, server)

    eventually(lambda: _has_logged(shop, f"{_SERVERS[server]} responds again"), "the server is restarted")
    assert _has_logged(shop, f"{_SERVERS[server]} ended (signal SIGKILL) and is being restarted")
    assert _state_of_process(killed) == ""  # not even a zombie
    found = with_retries(lambda: customer.request("GET", f"/orders/{earlier}"))
    assert found.status_code == 200  # the session and the order survive
    paid = _place_order(customer, admin)
    cards.confirm(with_retries(lambda: customer.request("POST", f"/orders/{paid}/payment")).json(), GOOD)
    eventually(
        lambda: customer.request("GET", f"/orders/{paid}").json()["payment_status"] == "paid", "the webhook arrives"
    )
    number = customer.request("GET", f"/orders/{paid}").json()["order_number"]
    eventually(lambda: any(number in mail["subject"] for mail in shop.mails()), "a mail is sent")


def test_the_shop_stops_with_one_line_when_a_server_ends_repeatedly(shop: Runner) -> None:
    killed: int | None = None
    while not shop.has_ended:
        pid = shop.pid_of("redis")
        if pid not in (killed, None):
            killed = _kill(shop, "redis")
        time.sleep(0.05)

    last = shop.log.splitlines()[-1]
    assert last.startswith("microshop: redis ended (signal SIGKILL) after 3 restarts within a minute")
    assert last.endswith(f"read {shop.data_folder / 'logs' / 'redis.log'}")
    assert [shop.pid_of(server) for server in _SERVERS] == [None] * len(_SERVERS)


def _kill(shop: Runner, server: str) -> int:
    pid = shop.pid_of(server)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


def _state_of_process(pid: int) -> str:
    command = ["/bin/ps", "-o", "stat=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _has_logged(shop: Runner, words: str) -> bool:
    return any(words in line for line in shop.log.splitlines())


def _place_order(customer: Client, admin: Client) -> int:
    answer = customer.order_with_retries((a_product(admin, stock=5), 1))
    assert answer.status_code == 201, answer.text
    return int(answer.json()["order_id"])
