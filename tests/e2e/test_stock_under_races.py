"""Stock, orders and events stay consistent under many clients and while processes are killed.

After every test the shop's books must agree (tests/support/books.py).
"""

import contextlib
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import redis
import requests

from tests.support.books import disagreements
from tests.support.buyers import Client, a_customer, a_product, stock_of, the_admin
from tests.support.runner import Runner, eventually
from tests.support.threads import at_once

_EVENTS = """
SELECT event_id
FROM outbox
WHERE type = %(kind)s
  AND JSON_VALUE(detail, '$.data.lines[0].product_id') = %(product)s
"""


@pytest.fixture(scope="module")
def admin(runner: Runner) -> Client:
    return the_admin(runner.url)


@pytest.fixture(scope="module")
def buyers(runner: Runner) -> list[Client]:
    """Sixty-four customers."""
    found = [buyer for _ in range(8) for buyer in at_once(8, lambda _: a_customer(runner.url))]
    return [buyer for buyer in found if isinstance(buyer, Client)]


@pytest.fixture(autouse=True)
def books(runner: Runner) -> Iterator[None]:
    yield
    database = runner.database()
    try:
        assert disagreements(database) == {}
    finally:
        database.close()


def test_sixty_four_buyers_of_ten_units_get_exactly_ten_orders(
    runner: Runner, admin: Client, buyers: list[Client]
) -> None:
    product = a_product(admin, stock=10)

    answers = at_once(64, lambda n: buyers[n].order((product, 1)))

    assert Counter(_statuses(answers)) == {201: 10, 409: 54}
    assert stock_of(admin, product) == 0
    orders = [str(answer.json()["order_number"]) for answer in _answered(answers, 201)]
    events = _events_of(runner, "OrderCreated", product)
    assert len(events) == 10
    eventually(lambda: all(_count_mails_about(runner, number) for number in orders), "every buyer gets a mail")
    eventually(lambda: all(_outcomes(runner, event) >= {"sent", "counted"} for event in events), "all are counted")
    assert [_count_mails_about(runner, number) for number in orders] == [1] * 10


def test_carts_with_the_same_products_in_any_order_answer_no_deadlock(
    runner: Runner, admin: Client, buyers: list[Client]
) -> None:
    products = [a_product(admin, stock=60) for _ in range(3)]

    def shop(number: int) -> list[requests.Response]:
        carts = [random.sample(products, 3) for _ in range(3)]
        return [buyers[number].order(*((product, 1) for product in cart)) for cart in carts]

    answers = [answer for some in at_once(32, shop) for answer in _no_error(some)]

    assert Counter(_statuses(answers)) == {201: 60, 409: 36}
    assert [stock_of(admin, product) for product in products] == [0, 0, 0]


def test_concurrent_requests_with_one_key_place_one_order(runner: Runner, admin: Client, buyers: list[Client]) -> None:
    product = a_product(admin, stock=50)

    answers = at_once(20, lambda _: buyers[0].order((product, 1), key=f"once-{product}"))

    assert _statuses(answers) == [201] * 20
    assert len({answer.text for answer in _answered(answers, 201)}) == 1
    assert stock_of(admin, product) == 49


def test_concurrent_cancellations_restock_an_order_once(runner: Runner, admin: Client, buyers: list[Client]) -> None:
    product = a_product(admin, stock=5)
    order_id = buyers[0].order((product, 3)).json()["order_id"]

    answers = at_once(8, lambda _: buyers[0].request("POST", f"/orders/{order_id}/cancel"))

    assert Counter(_statuses(answers)) == {200: 1, 409: 7}
    assert stock_of(admin, product) == 5
    assert len(_events_of(runner, "OrderCancelled", product)) == 1


@pytest.mark.parametrize("function", ["PlaceOrderFunction", "AuthorizerFunction"])
def test_killed_functions_neither_lose_nor_duplicate_an_order(
    runner: Runner, admin: Client, buyers: list[Client], function: str
) -> None:
    product = a_product(admin, stock=1000)

    with _repeatedly(lambda: _kill_one(runner, function), every=0.15):
        answers = [a for some in at_once(12, lambda n: _order_five_times(buyers[n], product)) for a in _no_error(some)]

    assert _statuses(answers) == [201] * 60
    assert len({answer.json()["order_id"] for answer in answers}) == 60
    assert stock_of(admin, product) == 940
    assert len(_events_of(runner, "OrderCreated", product)) == 60


def test_a_relay_that_is_killed_repeatedly_causes_one_mail_per_order(
    runner: Runner, admin: Client, buyers: list[Client]
) -> None:
    product = a_product(admin, stock=1000)

    with _repeatedly(lambda: _kill_one(runner, "RelayOutboxFunction"), every=0.3):
        answers = [a for some in at_once(8, lambda n: _order_five_times(buyers[n], product)) for a in _no_error(some)]

    orders = [str(answer.json()["order_number"]) for answer in answers]
    eventually(lambda: all(_count_mails_about(runner, number) for number in orders), "every buyer gets a mail", 150)
    assert [_count_mails_about(runner, number) for number in orders] == [1] * 40


def test_consumers_that_are_killed_repeatedly_handle_every_event(
    runner: Runner, admin: Client, buyers: list[Client]
) -> None:
    product = a_product(admin, stock=1000)

    with _repeatedly(lambda: _kill_one(runner, "SendCustomerMailFunction", "CountOrdersFunction"), every=0.3):
        answers = [a for some in at_once(8, lambda n: _order_five_times(buyers[n], product)) for a in _no_error(some)]

    orders = [str(answer.json()["order_number"]) for answer in answers]
    events = _events_of(runner, "OrderCreated", product)
    eventually(lambda: all(_count_mails_about(runner, number) for number in orders), "every buyer gets a mail", 150)
    eventually(lambda: all("counted" in _outcomes(runner, event) for event in events), "all are counted", 150)


def test_flushing_redis_repeatedly_loses_only_sessions(runner: Runner, admin: Client, buyers: list[Client]) -> None:
    product = a_product(admin, stock=1000)
    flush = redis.Redis.from_url(runner.redis_url)

    with flush, _repeatedly(flush.flushall, every=0.3):
        answers = [a for some in at_once(12, lambda n: _order_five_times(buyers[n], product)) for a in _no_error(some)]

    assert _statuses(answers) == [201] * 60
    admin.log_in()
    assert stock_of(admin, product) == 940


def _order_five_times(buyer: Client, product: int) -> list[requests.Response]:
    return [buyer.order_with_retries((product, 1)) for _ in range(5)]


def _statuses(answers: list[requests.Response | Exception] | list[requests.Response]) -> list[int]:
    return sorted(_no_error(answer).status_code for answer in answers)


def _answered(answers: list[requests.Response | Exception], status: int) -> list[requests.Response]:
    return [answer for answer in map(_no_error, answers) if answer.status_code == status]


def _no_error[Result](outcome: Result | Exception) -> Result:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _events_of(runner: Runner, kind: str, product: int) -> list[str]:
    database = runner.database()
    rows = database.rows(_EVENTS, {"kind": kind, "product": product})
    database.close()
    return [row["event_id"] for row in rows]


def _count_mails_about(runner: Runner, order_number: str) -> int:
    return sum(order_number in mail["subject"] for mail in runner.mails())


def _outcomes(runner: Runner, event_id: str) -> set[str]:
    """The outcomes that consumers logged for the event."""
    return {line["outcome"] for line in runner.log_lines() if line.get("event_id") == event_id and "outcome" in line}


def _kill_one(runner: Runner, *functions: str) -> None:
    """Kill one environment of each function."""
    for function in functions:
        if pids := runner.environments(function):
            with contextlib.suppress(ProcessLookupError):
                os.kill(random.choice(pids), signal.SIGKILL)


@contextlib.contextmanager
def _repeatedly(action: Callable[[], object], *, every: float) -> Iterator[None]:
    done = threading.Event()

    def run() -> None:
        while not done.wait(every):
            action()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
