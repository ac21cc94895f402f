"""Cancelling paid orders: all money is refunded and all units are restocked, exactly once."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from microshop.errors import PaymentRefused, ShopError, WrongOrderState
from microshop.orders.order import Order
from microshop.payments.payment import Refund
from tests.integration.conftest import Connect
from tests.support.payments import TOTAL, Till
from tests.support.records import events_of, movements_of, stock_of
from tests.support.threads import at_once, concurrently
from tests.support.use_cases import adjust


def test_cancelling_a_paid_order_refunds_and_restocks_it(till: Till, kettle: int) -> None:
    order_id = till.place_and_pay((kettle, 3))

    till.cancel(order_id)
    assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("cancelled", "paid"), 10)
    assert till.resolve() == ["refunded"]

    [refund], order = till.refunds(order_id), till.order(order_id)
    assert (refund.cause, refund.amount_minor, till.provider.total_refunded_minor) == ("cancelled", TOTAL, TOTAL)
    assert (order.state, order.refunded_minor) == (("cancelled", "refunded"), TOTAL)
    assert (till.history(order_id)[-1].actor, till.history(order_id)[-2].actor) == ("system", "customer")
    assert till.resolve() == []


def test_cancelling_refunds_and_restocks_the_rest_of_a_partial_refund(till: Till, kettle: int) -> None:
    order_id = till.place_and_pay((kettle, 3))
    till.refund(order_id, 1999, restock=[(kettle, 1)])

    till.cancel(order_id)
    till.resolve()

    assert [refund.amount_minor for refund in till.refunds(order_id)] == [1999, TOTAL - 1999]
    assert (till.order(order_id).state, till.provider.total_refunded_minor) == (("cancelled", "refunded"), TOTAL)
    assert movements_of(till.database, kettle)[1:] == [("sold", -3), ("returned", 1), ("returned", 2)]
    cancelled = next(data for kind, data in events_of(till.database, f"order:{order_id}") if kind == "OrderCancelled")
    assert cancelled["restocked"] == [{"product_id": kettle, "quantity": 2}]


def test_cancelling_an_order_whose_units_were_all_restocked_restocks_none(till: Till, kettle: int) -> None:
    order_id = till.place_and_pay((kettle, 3))
    till.refund(order_id, restock=[(kettle, 3)])

    till.cancel(order_id)

    assert (stock_of(till.database, kettle), movements_of(till.database, kettle)[-1]) == (10, ("returned", 3))
    assert (till.order(order_id).state, till.resolve()) == (("cancelled", "refunded"), [])


@pytest.mark.parametrize("end", ["succeeds", "fails"])
@pytest.mark.parametrize("minor", [1999, TOTAL])
def test_a_pending_refund_restocks_nothing_after_its_order_is_cancelled(
    till: Till, kettle: int, minor: int, end: str
) -> None:
    order_id = till.place_and_pay((kettle, 3))
    till.provider.refund_status = "pending"
    till.refund(order_id, minor, restock=[(kettle, 2)])
    [made] = till.provider.known_refunds.values()
    till.provider.refund_status = "succeeded"

    till.cancel(order_id)
    assert (stock_of(till.database, kettle), till.refunds(order_id)[0].restock) == (10, ())
    settle = till.provider.settle_refund if end == "succeeds" else till.provider.fail_refund
    till.receive(settle(made.reference))
    till.resolve()

    order = till.order(order_id)
    back = TOTAL if end == "succeeds" else TOTAL - minor
    assert (stock_of(till.database, kettle), order.refunded_minor) == (10, back)
    assert till.provider.total_refunded_minor == back
    assert order.lines[0].returned == 3


def test_cancelling_refunds_no_payment_made_outside_a_provider(till: Till) -> None:
    order_id = till.place_and_confirm()

    till.cancel(order_id)
    assert (till.order(order_id).state, till.refunds(order_id)) == (("cancelled", "paid"), [])
    till.refund(order_id)

    assert till.order(order_id).state == ("cancelled", "refunded")
    assert till.provider.calls == []


def test_an_order_whose_payment_is_processing_cannot_be_cancelled(till: Till) -> None:
    order_id = till.place_and_start()
    till.receive(till.provider.process(till.reference(order_id)))
    before = till.all_rows()

    with pytest.raises(WrongOrderState):
        till.cancel(order_id)

    assert till.all_rows() == before


def test_a_cancelled_order_whose_refund_failed_can_be_refunded_again(till: Till) -> None:
    order_id = till.place_and_pay()
    till.cancel(order_id)
    till.resolve()
    [made] = till.provider.known_refunds.values()

    assert till.receive(till.provider.fail_refund(made.reference)) == "refund_failed"
    assert till.order(order_id).state == ("cancelled", "paid")

    assert till.refund(order_id).state == "succeeded"
    assert (till.order(order_id).state, till.provider.total_refunded_minor) == (("cancelled", "refunded"), TOTAL)


@pytest.mark.parametrize("minor", [1, TOTAL - 1, TOTAL + 1])
def test_cancelling_an_order_refunds_a_payment_of_another_amount(till: Till, kettle: int, minor: int) -> None:
    order_id = till.place_and_start((kettle, 3))
    till.receive(till.provider.pay(till.reference(order_id), minor=minor))

    till.cancel(order_id)
    assert till.order(order_id).state == ("cancelled", "review")
    till.resolve()

    assert (till.order(order_id).state, till.provider.total_refunded_minor) == (("cancelled", "refunded"), minor)
    assert stock_of(till.database, kettle) == 10


@pytest.mark.parametrize("made", [Till.place, Till.place_and_start])
def test_cancelling_an_unpaid_order_refunds_nothing(till: Till, made: Callable[[Till], int]) -> None:
    order_id = made(till)

    till.cancel(order_id)
    till.resolve()

    assert (till.order(order_id).state, till.refunds(order_id)) == (("cancelled", "unpaid"), [])


# ---- races


def test_an_order_paid_while_it_is_cancelled_is_refunded(till: Till, connect: Connect, kettle: int) -> None:
    others = [till.on(connect()), till.on(connect())]

    for turn in range(25):
        order_id = till.place_and_start((kettle, 3))
        assert _pay_and_cancel_at_once(others[turn % 2], others[1 - turn % 2], order_id) in ("paid", "paid_late")
        till.resolve()
        assert till.order(order_id).state == ("cancelled", "refunded")

    assert (stock_of(till.database, kettle), till.provider.total_refunded_minor) == (10, 25 * TOTAL)


def _pay_and_cancel_at_once(payer: Till, canceller: Till, order_id: int) -> str:
    paid = payer.provider.pay(payer.reference(order_id))
    outcome, cancelled = concurrently(lambda: payer.receive(paid), lambda: canceller.cancel(order_id))
    assert isinstance(cancelled, Order)
    return str(outcome)


def test_an_order_refunded_while_it_is_cancelled_is_refunded_once(till: Till, connect: Connect, kettle: int) -> None:
    refunder, canceller = till.on(connect()), till.on(connect())

    for _ in range(25):
        order_id = till.place_and_pay((kettle, 3))
        _refund_and_cancel_at_once(refunder, canceller, order_id, kettle)
        till.resolve()
        assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("cancelled", "refunded"), 10)

    assert till.provider.total_refunded_minor == 25 * TOTAL
    assert till.uow.queries.due_refunds(datetime.now(UTC), 10) == []


def _refund_and_cancel_at_once(refunder: Till, canceller: Till, order_id: int, product_id: int) -> None:
    refunded, cancelled = concurrently(
        lambda: refunder.refund(order_id, 1999, restock=[(product_id, 2)]), lambda: canceller.cancel(order_id)
    )
    assert isinstance(refunded, Refund | ShopError)
    assert isinstance(cancelled, Order)


def test_concurrent_cancellations_of_a_paid_order_refund_it_once(till: Till, connect: Connect) -> None:
    order_id, tills = till.place_and_pay(), [till.on(connect()) for _ in range(8)]

    outcomes = at_once(8, lambda n: tills[n].cancel(order_id))
    till.resolve()

    assert sum(isinstance(outcome, Order) for outcome in outcomes) == 1
    assert (len(till.refunds(order_id)), till.provider.total_refunded_minor) == (1, TOTAL)


def test_a_paid_order_is_never_both_shipped_and_cancelled(till: Till, connect: Connect, kettle: int) -> None:
    shipper, canceller = till.on(connect()), till.on(connect())

    for _ in range(15):
        order_id = till.place_and_pay((kettle, 3))
        shipped = _ship_and_cancel_at_once(shipper, canceller, order_id)
        till.resolve()
        assert till.order(order_id).refunded_minor == (0 if shipped else TOTAL)
        if shipped:
            adjust(till.database, till.admin, kettle, 3)

    assert stock_of(till.database, kettle) == 10


def _ship_and_cancel_at_once(shipper: Till, canceller: Till, order_id: int) -> bool:
    outcomes = concurrently(lambda: shipper.ship(order_id), lambda: canceller.cancel(order_id))
    assert {type(outcome) for outcome in outcomes} == {Order, WrongOrderState}
    return shipper.order(order_id).status == "shipped"


def test_cancelling_an_order_does_not_retry_a_refused_refund(till: Till) -> None:
    order_id = till.place_and_pay()
    till.provider.fail("refund", PaymentRefused("charge_disputed"))
    till.refund(order_id, 1000)

    till.cancel(order_id)
    till.resolve()

    assert [(each.state, each.amount_minor) for each in till.refunds(order_id)] == [
        ("failed", 1000),
        ("succeeded", TOTAL),
    ]
    assert till.provider.total_refunded_minor == TOTAL
