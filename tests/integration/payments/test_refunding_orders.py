"""Refunds of orders, in parts or in full: never more than was paid, and once per request."""

from collections.abc import Callable
from copy import replace

import pytest

from microshop.errors import (
    InvalidInput,
    NotFound,
    RefundTooLarge,
    WrongOrderState,
)
from microshop.payments import refunding
from microshop.payments.payment import Refund, RequestedRefund
from microshop.payments.refunding import refund_order
from tests.integration.conftest import Connect
from tests.support.catalogue import put_on_sale
from tests.support.orders import RULES, place
from tests.support.payments import TOTAL, Till
from tests.support.records import events_of, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import deliver


def _pay_in_currency(till: Till, currency: str, price_minor: int) -> int:
    product = put_on_sale(till.database, price_minor=price_minor, currency=currency)
    rules = replace(RULES, currency=currency)
    order_id = int(place(till.database, till.customer, [(product, 1)], rules=rules)["order_id"])
    till.start(order_id)
    till.pay(order_id)
    return order_id


@pytest.mark.parametrize(
    ("currency", "amount", "reason"),
    [
        ("KWD", "0", "more than 0"),
        ("KWD", "1.225", "multiple of 0.010 KWD"),
        ("JPY", "15.50", "JPY has 0 decimal digits"),
    ],
)
def test_a_refund_is_refused_when_the_provider_cannot_make_it(
    till: Till, currency: str, amount: str, reason: str
) -> None:
    order_id = _pay_in_currency(till, currency, 6000)
    wanted = RequestedRefund(amount, None)

    with pytest.raises(InvalidInput, match=f"^amount: .*{reason}"):
        refund_order(till.admin, order_id, wanted, None, find_provider=till.find_provider, uow=till.uow)

    assert (till.provider.total_refunded_minor, till.order(order_id).refunded_minor) == (0, 0)


def test_a_refund_has_the_currency_of_its_payment(till: Till) -> None:
    order_id = _pay_in_currency(till, "KWD", 6000)

    refund_order(
        till.admin, order_id, RequestedRefund("1.230", None), None, find_provider=till.find_provider, uow=till.uow
    )

    assert till.order(order_id).refunded_minor == 1230


def test_a_partial_refund_and_the_rest_refund_the_whole_payment(till: Till) -> None:
    order_id = till.place_and_pay()

    part = till.refund(order_id, 1500)
    assert (part.state, till.order(order_id).state) == ("succeeded", ("confirmed", "partially_refunded"))
    rest = till.refund(order_id)

    order = till.order(order_id)
    assert (rest.amount_minor, order.refunded_minor, till.provider.total_refunded_minor) == (TOTAL - 1500, TOTAL, TOTAL)
    assert (order.state, till.payment(order_id).left_minor) == (("confirmed", "refunded"), 0)
    [first, second] = events_of(till.database, f"order:{order_id}")[-2:]
    assert [(kind, data["amount_minor"], data["refunded_minor"]) for kind, data in (first, second)] == [
        ("OrderRefunded", 1500, 1500),
        ("OrderRefunded", TOTAL - 1500, TOTAL),
    ]


def test_a_refund_records_its_reason_and_the_admin(till: Till) -> None:
    order_id = till.place_and_pay()

    refund = till.refund(order_id, 1500)

    entry = till.history(order_id)[-1]
    assert (entry.action, entry.note, entry.actor, entry.actor_id) == (
        "partially_refunded",
        "broken",
        "admin",
        till.admin.user_id,
    )
    assert [(it.kind, it.amount_minor, it.refund_id) for it in till.entries(order_id)[-2:]] == [
        ("refund_requested", 1500, refund.id),
        ("refunded", 1500, refund.id),
    ]


@pytest.mark.parametrize("before", [0, 1500])
def test_a_refund_of_more_than_is_left_is_refused_and_changes_nothing(till: Till, before: int) -> None:
    order_id = till.place_and_pay()
    if before:
        till.refund(order_id, before)
    everything = till.all_rows()

    with pytest.raises(RefundTooLarge):
        till.refund(order_id, TOTAL - before + 1)

    assert (till.all_rows(), till.provider.total_refunded_minor) == (everything, before)


def test_after_the_last_allowed_refund_only_the_rest_is_refunded(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refunding, "MAX_REFUNDS", 2)  # instead of 100, to save time
    order_id = till.place_and_pay()
    for _ in range(2):
        till.refund(order_id, 100)
    everything = till.all_rows()

    with pytest.raises(RefundTooLarge) as refusal:
        till.refund(order_id, 100)

    assert refusal.value.problems[0].reason == "must be the whole remaining amount after 2 refunds"
    assert (till.all_rows(), till.provider.total_refunded_minor) == (everything, 200)
    assert till.refund(order_id).amount_minor == TOTAL - 200


def test_a_fully_refunded_order_cannot_be_refunded_again(till: Till) -> None:
    order_id = till.place_and_pay()
    till.refund(order_id)

    for minor in (None, 1):
        with pytest.raises(RefundTooLarge):
            till.refund(order_id, minor)

    assert len(till.refunds(order_id)) == 1


def test_concurrent_refunds_never_exceed_the_payment(till: Till, connect: Connect) -> None:
    order_id, tills = till.place_and_pay(), [till.on(connect()) for _ in range(20)]

    outcomes = at_once(20, lambda n: tills[n].refund(order_id, 1000))

    assert sum(isinstance(outcome, Refund) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, RefundTooLarge) for outcome in outcomes) == 15
    assert (till.provider.total_refunded_minor, till.order(order_id).refunded_minor) == (5000, 5000)


@pytest.mark.parametrize("made", [Till.place, Till.place_and_start, Till.place_and_expire])
def test_an_unpaid_order_cannot_be_refunded(till: Till, made: Callable[[Till], int]) -> None:
    order_id = made(till)
    before = till.all_rows()

    with pytest.raises(WrongOrderState):
        till.refund(order_id, 1)

    assert till.all_rows() == before


def test_an_order_that_does_not_exist_cannot_be_refunded(till: Till) -> None:
    with pytest.raises(NotFound):
        till.refund(2**62)


@pytest.mark.parametrize("status", ["shipped", "delivered"])
def test_a_shipped_or_delivered_order_can_be_refunded(till: Till, status: str) -> None:
    order_id = till.place_and_pay()
    till.ship(order_id)
    if status == "delivered":
        deliver(till.database, till.admin, order_id)

    till.refund(order_id)

    assert till.order(order_id).state == (status, "refunded")


def test_a_fully_refunded_order_cannot_be_shipped_but_cancelled(till: Till, kettle: int) -> None:
    order_id = till.place_and_pay((kettle, 3))
    till.refund(order_id)

    with pytest.raises(WrongOrderState):
        till.ship(order_id)
    till.cancel(order_id)

    assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("cancelled", "refunded"), 10)
    assert len(till.refunds(order_id)) == 1


def test_a_refund_of_a_payment_outside_a_provider_is_recorded(till: Till) -> None:
    order_id = till.place_and_confirm()

    refund = till.refund(order_id, 1500)

    assert (refund.state, till.order(order_id).state) == ("succeeded", ("confirmed", "partially_refunded"))
    assert till.provider.calls == []
