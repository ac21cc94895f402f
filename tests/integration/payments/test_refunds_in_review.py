"""Refunds of payments in review, in another currency, or that contradict their order."""

from collections.abc import Sequence

import pytest

from microshop.errors import (
    WrongOrderState,
)
from tests.support.books import disagreements
from tests.support.payments import TOTAL, Till
from tests.support.records import events_of, stock_of
from tests.support.tables import empty


def _pay_another_amount(
    till: Till, currency: str = "USD", minor: int = TOTAL + 100, items: Sequence[tuple[int, int]] = ()
) -> int:
    order_id = till.place_and_start(*items)
    till.receive(till.provider.pay(till.reference(order_id), minor=minor, currency=currency))
    assert till.order(order_id).state == ("pending", "review")
    return order_id


@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_refunding_a_whole_payment_in_review_cancels_the_order(till: Till, kettle: int, currency: str) -> None:
    order_id = _pay_another_amount(till, currency, items=[(kettle, 3)])

    assert till.refund(order_id, 100).state == "succeeded"
    assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("pending", "review"), 7)
    assert till.refund(order_id).state == "succeeded"

    assert till.actions(order_id)[-3:] == ["partially_refunded", "refunded", "cancelled"]
    assert [(entry.actor, entry.note) for entry in till.history(order_id)[-2:]] == [
        ("admin", "broken"),
        ("system", "all of its payment was refunded"),
    ]
    [(_, refunded), (_, cancelled)] = events_of(till.database, f"order:{order_id}")[-2:]
    assert (refunded["status"], refunded["left_minor"]) == ("pending", 0)
    assert (cancelled["previous_status"], cancelled["restocked"]) == (
        "pending",
        [{"product_id": kettle, "quantity": 3}],
    )
    assert stock_of(till.database, kettle) == 10
    counts = currency == "USD"
    order = till.order(order_id)
    assert order.state == ("cancelled", "refunded" if counts else "unpaid")
    assert order.captured_minor == order.refunded_minor == (TOTAL + 100 if counts else 0)
    assert till.provider.total_refunded_minor == TOTAL + 100
    assert disagreements(till.database) == {}


def test_a_failed_refund_in_another_currency_is_in_review_again(till: Till) -> None:
    order_id = _pay_another_amount(till, "EUR")
    till.cancel(order_id)
    till.resolve()
    [made] = till.provider.refunds_of(till.reference(order_id))

    till.receive(till.provider.fail_refund(made.reference))

    assert (till.order(order_id).state, till.order(order_id).captured_minor) == (("cancelled", "review"), 0)
    assert till.refund(order_id).state == "succeeded"
    assert till.order(order_id).state == ("cancelled", "unpaid")


# During a deployment, the previous release counts payments in another currency for the order.
_COUNT_FOR_ORDER = "UPDATE orders SET captured_minor = %(minor)s, refunded_minor = %(refunded)s WHERE id = %(id)s"


@pytest.mark.parametrize("cancelled_first", [True, False])
def test_another_currency_counted_by_an_earlier_release_is_refunded(till: Till, cancelled_first: bool) -> None:
    order_id = _pay_another_amount(till, "EUR")
    till.refund(order_id, 100)
    till.database.execute(_COUNT_FOR_ORDER, {"minor": TOTAL + 100, "refunded": 100, "id": order_id})

    if cancelled_first:
        till.cancel(order_id)
        assert till.resolve() == ["refunded"]
    else:
        till.refund(order_id)

    order = till.order(order_id)
    assert (order.state, order.captured_minor, order.refunded_minor) == (("cancelled", "unpaid"), 0, 0)
    assert disagreements(till.database) == {}


def test_another_currency_refunded_by_an_earlier_release_agrees(till: Till) -> None:
    order_id = _pay_another_amount(till, "EUR")
    till.cancel(order_id)
    till.resolve()
    till.database.execute(
        "UPDATE orders SET payment_status = 'refunded', captured_minor = %(minor)s, refunded_minor = %(minor)s "
        "WHERE id = %(id)s",
        {"minor": TOTAL + 100, "id": order_id},
    )
    till.database.execute(
        "UPDATE order_history SET payment_status = 'refunded' WHERE order_id = %(id)s ORDER BY version DESC LIMIT 1",
        {"id": order_id},
    )

    assert disagreements(till.database) == {}


@pytest.mark.parametrize("payment_status", ["refunded", "partially_refunded"])
def test_a_refund_in_another_currency_of_an_earlier_release_may_fail(till: Till, payment_status: str) -> None:
    order_id = _pay_another_amount(till, "EUR")
    till.cancel(order_id)
    till.resolve()
    [made] = till.provider.refunds_of(till.reference(order_id))
    till.database.execute(
        "UPDATE orders SET payment_status = %(status)s, captured_minor = %(minor)s, refunded_minor = %(refunded)s "
        "WHERE id = %(id)s",
        {
            "status": payment_status,
            "minor": TOTAL + 100,
            "refunded": TOTAL + (100 if payment_status == "refunded" else 0),
            "id": order_id,
        },
    )

    assert till.receive(till.provider.fail_refund(made.reference)) == "refund_failed"

    order = till.order(order_id)
    assert (order.state, order.captured_minor, till.actions(order_id)[-1]) == (
        ("cancelled", "review"),
        0,
        "refund_failed",
    )
    assert till.refund(order_id).state == "succeeded"
    assert till.order(order_id).state == ("cancelled", "unpaid")


def test_a_failed_refund_that_contradicts_its_order_is_recorded(till: Till) -> None:
    order_id = till.place_and_pay()
    till.refund(order_id)
    [made] = till.provider.refunds_of(till.reference(order_id))
    till.database.execute(
        "UPDATE orders SET payment_status = 'paid', refunded_minor = 0 WHERE id = %(id)s", {"id": order_id}
    )

    assert till.receive(till.provider.fail_refund(made.reference)) == "order_unchanged"

    assert (till.order(order_id).state, till.refunds(order_id)[0].state) == (("confirmed", "paid"), "failed")
    assert till.kinds(order_id)[-1] == "refund_failed"
    empty(till.database)  # the books of which do not agree


def test_a_refund_that_contradicts_its_order_restocks_its_units(till: Till, kettle: int) -> None:
    order_id = till.place_and_pay((kettle, 3))
    till.provider.refund_status = "pending"
    till.refund(order_id, 100, restock=[(kettle, 1)])
    [made] = till.provider.refunds_of(till.reference(order_id))
    till.database.execute(
        "UPDATE orders SET payment_status = 'refunded', refunded_minor = captured_minor WHERE id = %(id)s",
        {"id": order_id},
    )

    assert till.receive(till.provider.settle_refund(made.reference)) == "order_unchanged"

    assert (till.refunds(order_id)[0].state, stock_of(till.database, kettle)) == ("succeeded", 8)
    empty(till.database)  # the books of which do not agree


def test_a_refund_of_a_payment_in_review_cannot_restock(till: Till, kettle: int) -> None:
    order_id = till.place_and_start((kettle, 3))
    till.receive(till.provider.pay(till.reference(order_id), minor=TOTAL + 100))

    with pytest.raises(WrongOrderState):
        till.refund(order_id, 100, restock=[(kettle, 1)])
