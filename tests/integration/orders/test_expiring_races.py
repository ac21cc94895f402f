"""Orders that expire while they are paid, started, cancelled or confirmed."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from microshop.errors import PaymentPeriodOver, WrongOrderState
from microshop.payments.starting import StartedPayment
from tests.integration.conftest import Connect
from tests.support.payments import Till
from tests.support.records import event_types, stock_of
from tests.support.threads import at_once, concurrently
from tests.support.use_cases import adjust


def test_concurrent_expiries_restock_an_order_once(till: Till, connect: Connect, kettle: int) -> None:
    order_id, tills = till.make_overdue(till.place_and_start((kettle, 3))), [till.on(connect()) for _ in range(8)]

    outcomes = at_once(8, lambda n: tills[n].expire(order_id))

    assert sorted(map(str, outcomes)) == ["expired"] + ["not_yet"] * 7
    assert (stock_of(till.database, kettle), event_types(till.database)["OrderExpired"]) == (10, 1)


def _pay_if_open(till: Till, order_id: int) -> str:
    """The customer pays at the provider, unless the attempt is cancelled."""
    with till.provider._lock:
        if till.intent(order_id).status != "open":
            return "too late"
        paid = till.provider.pay(till.reference(order_id))
    return till.receive(paid)


def _pay_and_expire_at_once(payer: Till, expirer: Till, order_id: int) -> bool:
    payer.make_overdue(order_id)
    outcomes = concurrently(lambda: _pay_if_open(payer, order_id), lambda: expirer.expire(order_id))
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    is_paid = payer.intent(order_id).status == "captured"
    assert payer.order(order_id).state == (("confirmed", "paid") if is_paid else ("expired", "unpaid"))
    return is_paid


def test_an_order_is_never_both_paid_and_expired(till: Till, connect: Connect, kettle: int) -> None:
    others, paid = [till.on(connect()), till.on(connect())], 0

    for turn in range(40):
        paid += _pay_and_expire_at_once(others[turn % 2], others[1 - turn % 2], till.place_and_start((kettle, 3)))
        adjust(till.database, till.admin, kettle, 3)

    assert stock_of(till.database, kettle) == 10 + 40 * 3 - 3 * paid
    assert event_types(till.database)["OrderPaid"] == paid
    assert till.uow.queries.due_refunds(datetime.now(UTC), 10) == []


def test_an_expired_order_has_no_open_attempt(till: Till, connect: Connect) -> None:
    starter, expirer = till.on(connect()), till.on(connect())

    for _ in range(25):
        _start_and_expire_at_once(till, starter, expirer, till.place())

    assert "captured" not in {each.status for each in till.provider.known_intents.values()}


def _start_and_expire_at_once(till: Till, starter: Till, expirer: Till, order_id: int) -> None:
    def expire() -> None:
        expirer.make_overdue(order_id)
        expirer.expire(order_id)

    outcomes = concurrently(lambda: starter.start(order_id), expire)

    if till.order(order_id).state == ("pending", "unpaid"):
        assert till.expire(order_id) == "expired"
    assert till.order(order_id).state == ("expired", "unpaid")
    assert [each.state for each in till.payments(order_id)] in ([], ["cancelled"])
    assert isinstance(outcomes[0], StartedPayment | PaymentPeriodOver | WrongOrderState)


@pytest.mark.parametrize("end", [Till.cancel, Till.confirm])
def test_an_order_ends_once_when_it_also_expires(
    till: Till, connect: Connect, kettle: int, end: Callable[[Till, int], object]
) -> None:
    ender, expirer, kept = till.on(connect()), till.on(connect()), 0

    for _ in range(15):
        order_id = till.make_overdue(till.place_and_start((kettle, 3)))
        _end_and_expire_at_once(ender, end, expirer, order_id)
        till.resolve()
        assert till.payments(order_id)[0].state == "cancelled"
        kept += till.order(order_id).status == "confirmed"
        adjust(till.database, till.admin, kettle, 3)

    assert stock_of(till.database, kettle) == 10 + 15 * 3 - 3 * kept


def _end_and_expire_at_once(ender: Till, end: Callable[[Till, int], object], expirer: Till, order_id: int) -> None:
    ended, expired = concurrently(lambda: end(ender, order_id), lambda: expirer.expire(order_id))

    assert isinstance(ended, WrongOrderState) == (expired == "expired")
