"""Concurrent payments, expiry, refunds, cancellations and shipping, with real processes and the local provider.

After every test the shop's books must agree with each other and with the provider's.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from tests.support.books import disagreements
from tests.support.buyers import Client, a_customer, a_product, stock_of, the_admin
from tests.support.card_payments import GOOD, CardPayments
from tests.support.runner import Runner, eventually
from tests.support.threads import at_once

_AT_ONCE = 20
_EXPIRE = (
    "UPDATE orders SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE id IN %(ids)s AND status = 'pending'"
)
_STATES = "SELECT id, status, payment_status FROM orders WHERE id IN %(ids)s"
_CHANGES = "SELECT order_id, action FROM order_history WHERE order_id IN %(ids)s ORDER BY order_id, version"

type State = tuple[str, str]


@pytest.fixture(scope="module")
def admin(runner: Runner) -> Client:
    return the_admin(runner.url)


@pytest.fixture(scope="module")
def buyers(runner: Runner) -> list[Client]:
    """Twenty customers."""
    return [_client(buyer) for _ in range(4) for buyer in at_once(5, lambda _: a_customer(runner.url))]


@pytest.fixture
def cards(runner: Runner) -> CardPayments:
    return CardPayments(runner.stripe_url)


@pytest.fixture(autouse=True)
def books(runner: Runner) -> Iterator[None]:
    """Resolve all payments, then compare the books with each other and with the provider's."""
    yield
    eventually(lambda: runner.invoke("ResolvePaymentsFunction") == {}, "no payment is left to resolve")
    report = runner.invoke("ReconcileFunction")
    assert (report["unavailable"], report["findings"]) == ([], [])
    database = runner.database()
    try:
        assert disagreements(database) == {}
    finally:
        database.close()


def test_an_order_is_either_paid_or_expired_when_both_happen_at_once(
    runner: Runner, admin: Client, buyers: list[Client], cards: CardPayments
) -> None:
    product, seen = a_product(admin, stock=200), Counter[State]()
    for _ in range(10):
        started = _start_payments(buyers, product)
        _execute(runner, _EXPIRE, ids=list(started))

        def pay(payment: Mapping[str, Any]) -> None:
            time.sleep(random.uniform(0, 0.8))  # about as long as one run of the expiry takes
            cards.confirm(payment, GOOD)

        def expire() -> None:
            runner.invoke("ExpireUnpaidFunction")

        _call_at_once([*(partial(pay, payment) for payment in started.values()), expire, expire])
        expire()

        _await(runner, started, lambda state: state[0] != "pending")
        for order_id, state in _states(runner, list(started)).items():
            intent_status = cards.status(started[order_id])
            assert (intent_status, state) in {
                ("succeeded", ("confirmed", "paid")),
                ("canceled", ("expired", "unpaid")),
            }
            seen[state] += 1

    print("pay and expire:", dict(seen))
    assert seen.total() == 200
    assert stock_of(admin, product) == seen["expired", "unpaid"]


def test_a_webhook_and_a_polling_client_confirm_an_order_once(
    runner: Runner, admin: Client, buyers: list[Client], cards: CardPayments
) -> None:
    product, winners = a_product(admin, stock=200), Counter[str]()
    for _ in range(10):
        started = _start_payments(buyers, product)

        with cards.webhooks_held():
            for payment in started.values():
                assert cards.confirm(payment, GOOD).status_code == 200
            # The provider sends the webhooks one after the other while the clients poll, so that they overlap.
            paths = (f"/orders/{order_id}/payment" for order_id in started)
            polls = [partial(_poll_after_a_delay, buyer, path) for buyer, path in zip(buyers, paths, strict=True)]
            answers = _call_at_once([*polls, cards.release_webhooks])
        assert [answer.json()["status"] for answer in answers if answer is not None] == ["captured"] * _AT_ONCE

        eventually(lambda of=started: len(_outcomes(runner, of)) == _AT_ONCE, "every webhook is handled")  # type: ignore[misc]
        assert set(_states(runner, list(started)).values()) == {("confirmed", "paid")}
        assert set(_changes(runner, list(started)).values()) == {("placed", "paid")}
        winners.update(_outcomes(runner, started))

    print("webhook and client:", dict(winners))
    assert (winners.total(), set(winners) <= {"paid", "nothing_new"}) == (200, True)


def test_concurrent_refunds_never_exceed_the_payment(
    runner: Runner, admin: Client, buyers: list[Client], cards: CardPayments
) -> None:
    product = a_product(admin, stock=20, price="100.00")
    paid = _pay_orders(runner, buyers, product, cards)

    for order_id, payment in paid.items():
        refund = partial(admin.request, "POST", f"/orders/{order_id}/refunds", json={"amount": "15.00"})
        answers = _call_at_once([refund] * 20)
        assert Counter(answer.status_code for answer in answers) == {201: 6, 409: 14}
        assert cards.refunded(payment) == [1500] * 6

    assert set(_states(runner, list(paid)).values()) == {("confirmed", "partially_refunded")}


def test_an_order_is_either_cancelled_or_shipped_when_both_happen_at_once(
    runner: Runner, admin: Client, buyers: list[Client], cards: CardPayments
) -> None:
    product, seen = a_product(admin, stock=100), Counter[State]()
    shipment = {"status": "shipped", "carrier": "DHL", "tracking_number": "JD1"}
    for _ in range(5):
        paid = _pay_orders(runner, buyers, product, cards)
        calls: list[Callable[[], Any]] = []
        for buyer, order_id in zip(buyers, paid, strict=True):
            calls.append(partial(buyer.request, "POST", f"/orders/{order_id}/cancel"))
            calls.append(partial(admin.request, "PUT", f"/orders/{order_id}/status", json=shipment))

        answers = _call_at_once(calls)

        assert Counter(answer.status_code for answer in answers) == {200: 20, 409: 20}
        runner.invoke("ResolvePaymentsFunction")
        _await(runner, paid, lambda state: state != ("cancelled", "paid"))
        for order_id, state in _states(runner, list(paid)).items():
            assert (state, len(cards.refunded(paid[order_id]))) in {
                (("shipped", "paid"), 0),
                (("cancelled", "refunded"), 1),
            }
            seen[state] += 1

    print("cancel and ship:", dict(seen))
    assert stock_of(admin, product) == seen["cancelled", "refunded"]


def _poll_after_a_delay(buyer: Client, path: str) -> Any:
    time.sleep(random.uniform(0, 0.6))  # the webhooks take about as long
    return buyer.request("POST", path)


def _start_payments(buyers: list[Client], product: int) -> dict[int, dict[str, Any]]:
    """Place an order of each buyer and start its payment. Returns order id → payment."""

    def start(number: int) -> tuple[int, dict[str, Any]]:
        order_id = buyers[number].order((product, 1)).json()["order_id"]
        return order_id, buyers[number].request("POST", f"/orders/{order_id}/payment").json()

    found = _call_at_once([partial(start, number) for number in range(len(buyers))], shuffled=False)
    return dict(found)


def _pay_orders(runner: Runner, buyers: list[Client], product: int, cards: CardPayments) -> dict[int, dict[str, Any]]:
    started = _start_payments(buyers, product)
    for payment in started.values():
        assert cards.confirm(payment, GOOD).status_code == 200
    _await(runner, started, lambda state: state == ("confirmed", "paid"))
    return started


def _call_at_once(calls: Sequence[Callable[[], Any]], *, shuffled: bool = True) -> list[Any]:
    """Make all calls concurrently. Returns their results in any order; raises the exception of a call."""
    order = random.sample(range(len(calls)), len(calls)) if shuffled else list(range(len(calls)))
    results = at_once(len(calls), lambda n: calls[order[n]]())
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def _await(runner: Runner, orders: Mapping[int, Any], holds: Callable[[State], bool]) -> None:
    eventually(lambda: all(holds(state) for state in _states(runner, list(orders)).values()), "every order has ended")


def _states(runner: Runner, ids: list[int]) -> dict[int, State]:
    return {row["id"]: (row["status"], row["payment_status"]) for row in _rows(runner, _STATES, ids=ids)}


def _changes(runner: Runner, ids: list[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for row in _rows(runner, _CHANGES, ids=ids):
        found[row["order_id"]] = (*found.get(row["order_id"], ()), row["action"])
    return found


def _outcomes(runner: Runner, started: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """Outcomes of the webhooks: `paid` if the webhook came first, `nothing_new` if the client did."""
    sql = "SELECT outcome FROM provider_events WHERE payment_id IN %(ids)s"
    return [str(row["outcome"]) for row in _rows(runner, sql, ids=[each["payment_id"] for each in started.values()])]


def _rows(runner: Runner, sql: str, **values: object) -> list[dict[str, Any]]:
    database = runner.database()
    try:
        return database.rows(sql, values)
    finally:
        database.close()


def _execute(runner: Runner, sql: str, **values: object) -> None:
    database = runner.database()
    try:
        database.execute(sql, values)
    finally:
        database.close()


def _client(found: object) -> Client:
    assert isinstance(found, Client), found
    return found
