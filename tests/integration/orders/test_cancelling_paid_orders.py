"""Calling off orders for which money came, or is about to: all money goes back and all units come back, once."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from microshop.errors import PaymentRefused, ShopError, WrongOrderState
from microshop.orders.order import Order
from microshop.payments.payment import Refund
from microshop.platform.mysql import Database
from tests.integration.conftest import Connect
from tests.support.catalogue import put_on_sale
from tests.support.payments import TOTAL, Till, together
from tests.support.records import events_of, movements_of, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import adjust


@pytest.fixture
def till(database: Database, batching: Database) -> Till:
    return Till.opened(database, batching)


@pytest.fixture
def kettle(database: Database) -> int:
    return put_on_sale(database, stock=10)


def _given_back(till: Till) -> int:
    return sum(each.amount_minor for each in till.provider.known_refunds.values() if each.status != "failed")


def test_a_paid_order_that_is_called_off_is_refunded_whole_and_gives_its_stock_back(till: Till, kettle: int) -> None:
    order_id = till.paid((kettle, 3))

    till.cancel(order_id)
    assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("cancelled", "paid"), 10)
    assert till.resolve() == ["refunded"]

    [refund], order = till.refunds(order_id), till.order(order_id)
    assert (refund.cause, refund.amount_minor, _given_back(till)) == ("cancelled", TOTAL, TOTAL)
    assert (order.state, order.refunded_minor) == (("cancelled", "refunded"), TOTAL)
    assert (till.history(order_id)[-1].actor, till.history(order_id)[-2].actor) == ("system", "customer")
    assert till.resolve() == []


def test_an_order_that_was_refunded_in_part_gives_the_rest_back_and_the_units_that_are_left(
    till: Till, kettle: int
) -> None:
    order_id = till.paid((kettle, 3))
    till.refund(order_id, 1999, restock=[(kettle, 1)])

    till.cancel(order_id)
    till.resolve()

    assert [refund.amount_minor for refund in till.refunds(order_id)] == [1999, TOTAL - 1999]
    assert (till.order(order_id).state, _given_back(till)) == (("cancelled", "refunded"), TOTAL)
    assert movements_of(till.database, kettle)[1:] == [("sold", -3), ("returned", 1), ("returned", 2)]
    cancelled = next(data for kind, data in events_of(till.database, f"order:{order_id}") if kind == "OrderCancelled")
    assert cancelled["restocked"] == [{"product_id": kettle, "quantity": 2}]


def test_an_order_whose_units_all_came_back_with_refunds_gives_none_back_when_it_is_called_off(
    till: Till, kettle: int
) -> None:
    order_id = till.paid((kettle, 3))
    till.refund(order_id, restock=[(kettle, 3)])

    till.cancel(order_id)

    assert (stock_of(till.database, kettle), movements_of(till.database, kettle)[-1]) == (10, ("returned", 3))
    assert (till.order(order_id).state, till.resolve()) == (("cancelled", "refunded"), [])


@pytest.mark.parametrize("end", ["succeeds", "fails"])
@pytest.mark.parametrize("minor", [1999, TOTAL])
def test_a_refund_that_is_under_way_brings_no_units_back_after_its_order_was_called_off(
    till: Till, kettle: int, minor: int, end: str
) -> None:
    order_id = till.paid((kettle, 3))
    till.provider.refunds_become = "pending"
    till.refund(order_id, minor, restock=[(kettle, 2)])
    [made] = till.provider.known_refunds.values()
    till.provider.refunds_become = "succeeded"

    till.cancel(order_id)
    assert (stock_of(till.database, kettle), till.refunds(order_id)[0].restock) == (10, ())
    settle = till.provider.settle_refund if end == "succeeds" else till.provider.fail_refund
    till.tell(settle(made.reference))
    till.resolve()

    order = till.order(order_id)
    back = TOTAL if end == "succeeds" else TOTAL - minor
    assert (stock_of(till.database, kettle), order.refunded_minor, _given_back(till)) == (10, back, back)
    assert order.lines[0].returned == 3


def test_money_that_came_by_hand_stays_until_somebody_has_given_it_back(till: Till) -> None:
    order_id = till.confirmed()

    till.cancel(order_id)
    assert (till.order(order_id).state, till.refunds(order_id)) == (("cancelled", "paid"), [])
    till.refund(order_id)

    assert till.order(order_id).state == ("cancelled", "refunded")
    assert till.provider.calls == []


def test_an_order_whose_money_is_on_its_way_cannot_be_called_off(till: Till) -> None:
    order_id = till.started()
    till.tell(till.provider.process(till.reference(order_id)))
    before = till.everything()

    with pytest.raises(WrongOrderState):
        till.cancel(order_id)

    assert till.everything() == before


def test_a_refund_of_a_cancelled_order_that_comes_back_can_be_made_anew(till: Till) -> None:
    order_id = till.paid()
    till.cancel(order_id)
    till.resolve()
    [made] = till.provider.known_refunds.values()

    assert till.tell(till.provider.fail_refund(made.reference)) == "refund_failed"
    assert till.order(order_id).state == ("cancelled", "paid")

    assert till.refund(order_id).state == "succeeded"
    assert (till.order(order_id).state, _given_back(till)) == (("cancelled", "refunded"), TOTAL)


@pytest.mark.parametrize("minor", [1, TOTAL - 1, TOTAL + 1])
def test_an_order_for_which_another_amount_came_gives_that_back(till: Till, kettle: int, minor: int) -> None:
    order_id = till.started((kettle, 3))
    till.tell(till.provider.pay(till.reference(order_id), minor=minor))

    till.cancel(order_id)
    assert till.order(order_id).state == ("cancelled", "review")
    till.resolve()

    assert (till.order(order_id).state, _given_back(till)) == (("cancelled", "refunded"), minor)
    assert stock_of(till.database, kettle) == 10


@pytest.mark.parametrize("made", [Till.place, Till.started])
def test_an_order_for_which_no_money_came_gives_none_back(till: Till, made: Callable[[Till], int]) -> None:
    order_id = made(till)

    till.cancel(order_id)
    till.resolve()

    assert (till.order(order_id).state, till.refunds(order_id)) == (("cancelled", "unpaid"), [])


# ---- races


def test_an_order_that_is_paid_while_it_is_called_off_gives_its_money_back(
    till: Till, connect: Connect, kettle: int
) -> None:
    others, confirmed_first = [till.on(connect()), till.on(connect())], 0

    for turn in range(25):
        order_id = till.started((kettle, 3))
        words = _paid_and_cancelled_at_once(others[turn % 2], others[1 - turn % 2], order_id)
        assert words in ("paid", "paid_late")
        confirmed_first += words == "paid"
        till.resolve()
        assert till.order(order_id).state == ("cancelled", "refunded")

    assert (stock_of(till.database, kettle), _given_back(till)) == (10, 25 * TOTAL)


def _paid_and_cancelled_at_once(payer: Till, canceller: Till, order_id: int) -> str:
    paid = payer.provider.pay(payer.reference(order_id))
    word, cancelled = together(lambda: payer.tell(paid), lambda: canceller.cancel(order_id))
    assert isinstance(cancelled, Order)
    return str(word)


def test_an_order_that_is_refunded_while_it_is_called_off_gives_each_unit_and_cent_back_once(
    till: Till, connect: Connect, kettle: int
) -> None:
    refunder, canceller = till.on(connect()), till.on(connect())

    for _ in range(25):
        order_id = till.paid((kettle, 3))
        _refunded_and_cancelled_at_once(refunder, canceller, order_id, kettle)
        till.resolve()
        assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("cancelled", "refunded"), 10)

    assert _given_back(till) == 25 * TOTAL
    assert till.uow.queries.due_refunds(datetime.now(UTC), 10) == []


def _refunded_and_cancelled_at_once(refunder: Till, canceller: Till, order_id: int, product_id: int) -> None:
    refunded, cancelled = together(
        lambda: refunder.refund(order_id, 1999, restock=[(product_id, 2)]), lambda: canceller.cancel(order_id)
    )
    assert isinstance(refunded, Refund | ShopError)
    assert isinstance(cancelled, Order)


def test_called_off_eight_times_at_once_a_paid_order_is_refunded_once(till: Till, connect: Connect) -> None:
    order_id, tills = till.paid(), [till.on(connect()) for _ in range(8)]

    outcomes = at_once(8, lambda n: tills[n].cancel(order_id))
    till.resolve()

    assert sum(isinstance(outcome, Order) for outcome in outcomes) == 1
    assert (len(till.refunds(order_id)), _given_back(till)) == (1, TOTAL)


def test_no_paid_order_is_both_shipped_and_called_off(till: Till, connect: Connect, kettle: int) -> None:
    shipper, canceller = till.on(connect()), till.on(connect())

    for _ in range(15):
        order_id = till.paid((kettle, 3))
        shipped = _shipped_and_cancelled_at_once(shipper, canceller, order_id)
        till.resolve()
        assert till.order(order_id).refunded_minor == (0 if shipped else TOTAL)
        if shipped:
            adjust(till.database, till.admin, kettle, 3)

    assert stock_of(till.database, kettle) == 10


def _shipped_and_cancelled_at_once(shipper: Till, canceller: Till, order_id: int) -> bool:
    outcomes = together(lambda: shipper.ship(order_id), lambda: canceller.cancel(order_id))
    assert {type(outcome) for outcome in outcomes} == {Order, WrongOrderState}
    return shipper.order(order_id).status == "shipped"


def test_a_refund_that_was_refused_is_not_made_again_by_calling_the_order_off(till: Till) -> None:
    order_id = till.paid()
    till.provider.fail("refund", PaymentRefused("charge_disputed"))
    till.refund(order_id, 1000)

    till.cancel(order_id)
    till.resolve()

    assert [(each.state, each.amount_minor) for each in till.refunds(order_id)] == [
        ("failed", 1000),
        ("succeeded", TOTAL),
    ]
    assert _given_back(till) == TOTAL
