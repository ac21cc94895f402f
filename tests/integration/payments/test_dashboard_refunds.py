"""Refunds that are made in the provider's dashboard."""

from collections.abc import Callable

import pytest

from microshop.errors import PaymentRefused
from microshop.payments.outcomes import Outcome
from microshop.platform.mysql import Database
from tests.support.payments import TOTAL, Till
from tests.support.records import event_types


def test_a_refund_in_the_dashboard_is_recorded_and_counted(till: Till) -> None:
    order_id = till.place_and_pay()

    outcome = till.receive(till.provider.refund_in_dashboard(till.reference(order_id), 1500))

    [refund], order = till.refunds(order_id), till.order(order_id)
    assert (outcome, refund.cause, refund.state, refund.amount_minor) == ("refunded", "found", "succeeded", 1500)
    assert (order.state, order.refunded_minor) == (("confirmed", "partially_refunded"), 1500)
    assert (till.history(order_id)[-1].actor, till.payment(order_id).left_minor) == ("system", TOTAL - 1500)


def test_refunds_in_the_dashboard_can_refund_the_whole_payment(till: Till, database: Database) -> None:
    order_id = till.place_and_pay()

    for part in (1500, TOTAL - 1500):
        till.receive(till.provider.refund_in_dashboard(till.reference(order_id), part))

    assert (till.order(order_id).state, event_types(database)["OrderRefunded"]) == (("confirmed", "refunded"), 2)


def test_a_refund_in_the_dashboard_of_too_much_needs_review(till: Till) -> None:
    order_id = till.place_and_pay()
    till.provider.refund_status = "pending"
    till.refund(order_id, TOTAL - 100)
    before = till.all_rows()

    outcome = till.receive(till.provider.refund_in_dashboard(till.reference(order_id), 101))

    assert outcome is Outcome.TOO_MUCH_REFUNDED
    assert outcome.needs_review
    assert till.all_rows() == before


@pytest.mark.parametrize(
    ("parts", "failed", "state", "refunded"),
    [
        ([TOTAL], 0, "paid", 0),
        ([1000], 0, "paid", 0),
        ([1000, 2000], 0, "partially_refunded", 2000),
        ([1000, TOTAL - 1000], 1, "partially_refunded", 1000),
    ],
)
def test_a_failed_refund_no_longer_counts_as_refunded(
    till: Till, *, parts: list[int], failed: int, state: str, refunded: int
) -> None:
    order_id = till.place_and_pay()
    made = [till.provider.refund_in_dashboard(till.reference(order_id), part) for part in parts]
    for each in made:
        till.receive(each)

    assert till.receive(till.provider.fail_refund(made[failed].reference)) == "refund_failed"

    order = till.order(order_id)
    assert (order.state, order.refunded_minor) == (("confirmed", state), refunded)
    assert (till.refunds(order_id)[failed].state, till.payment(order_id).refunded_minor) == ("failed", refunded)
    assert till.actions(order_id)[-1] == "refund_failed"


def _pay_late_and_refuse_refund(till: Till) -> int:
    order_id = till.place_and_expire()
    till.pay(order_id)
    till.provider.fail("refund", PaymentRefused("charge_disputed"))
    till.resolve()
    return order_id


def _pay_another_amount(till: Till) -> int:
    order_id = till.place_and_start()
    till.receive(till.provider.pay(till.reference(order_id), minor=TOTAL + 100))
    return order_id


def _pay_another_amount_and_refuse_refund(till: Till) -> int:
    order_id = _pay_another_amount(till)
    till.provider.fail("refund", PaymentRefused("charge_disputed"))
    till.cancel(order_id)
    till.resolve()
    return order_id


@pytest.mark.parametrize(
    ("made", "minor"),
    [
        (_pay_late_and_refuse_refund, 100),
        (_pay_another_amount, 100),
        (_pay_another_amount, TOTAL + 100),
        (_pay_another_amount_and_refuse_refund, 100),
    ],
)
def test_any_held_payment_can_be_refunded_in_the_dashboard(till: Till, made: Callable[[Till], int], minor: int) -> None:
    order_id = made(till)

    assert till.receive(till.provider.refund_in_dashboard(till.reference(order_id), minor)) == "refunded"

    [found] = [refund for refund in till.refunds(order_id) if refund.cause == "found"]
    assert (till.order(order_id).refunded_minor, found.state) == (minor, "succeeded")


@pytest.mark.parametrize("parts", [[100], [100, 200], [100, TOTAL - 1]])
@pytest.mark.parametrize("one_fails", [True, False])
def test_cancelling_refunds_the_rest_of_another_amount_in_review(
    till: Till, *, parts: list[int], one_fails: bool
) -> None:
    order_id = _pay_another_amount(till)
    made = [till.provider.refund_in_dashboard(till.reference(order_id), part) for part in parts]
    for each in made:
        assert till.receive(each) == "refunded"
    if one_fails:
        assert till.receive(till.provider.fail_refund(made[-1].reference)) == "refund_failed"
    left = TOTAL + 100 - sum(parts[:-1] if one_fails else parts)
    assert (till.order(order_id).state, till.payment(order_id).left_minor) == (("pending", "review"), left)

    till.cancel(order_id)
    till.resolve()

    order = till.order(order_id)
    assert (order.state, order.refunded_minor) == (("cancelled", "refunded"), TOTAL + 100)


@pytest.mark.parametrize("parts", [[TOTAL + 100], [100, TOTAL]])
def test_a_full_refund_of_a_mismatch_in_the_dashboard_cancels_the_order(till: Till, parts: list[int]) -> None:
    order_id = _pay_another_amount(till)
    for part in parts:
        assert till.receive(till.provider.refund_in_dashboard(till.reference(order_id), part)) == "refunded"

    assert till.order(order_id).state == ("cancelled", "refunded")
    made = list(till.provider.known_refunds)
    assert till.receive(till.provider.fail_refund(made[-1])) == "refund_failed"
    assert till.order(order_id).state == ("cancelled", "paid" if len(parts) == 1 else "partially_refunded")


def test_a_refund_that_arrives_before_its_payment_resolves_both(till: Till) -> None:
    order_id = till.place_and_start()
    till.provider.pay(till.reference(order_id))
    made = till.provider.refund_in_dashboard(till.reference(order_id), 1500)

    assert till.receive(made) == "refund_before_payment"
    assert till.order(order_id).state == ("pending", "unpaid")
    assert till.resolve() == ["paid"]

    order = till.order(order_id)
    assert (order.state, order.refunded_minor) == (("confirmed", "partially_refunded"), 1500)
    assert till.payment(order_id).next_check_at is None
    assert till.receive(made) == "nothing_new"


def test_an_early_refund_still_counts_after_its_payment_arrives(till: Till) -> None:
    order_id = till.place_and_start()
    intent = till.provider.pay(till.reference(order_id))
    refund = till.provider.refund_in_dashboard(intent.reference, 500)

    assert [till.receive(refund), till.receive(intent)] == ["refund_before_payment", "paid"]
    till.resolve()

    assert till.order(order_id).state == ("confirmed", "partially_refunded")


def test_a_failed_dashboard_refund_stays_failed_after_an_older_update(till: Till) -> None:
    order_id = till.place_and_pay()
    made = till.provider.refund_in_dashboard(till.reference(order_id), 500)
    failed = till.provider.fail_refund(made.reference)

    assert [till.receive(failed), till.receive(made)] == ["ignored", "nothing_new"]

    assert till.order(order_id).state == ("confirmed", "paid")
    assert till.payment(order_id).left_minor == TOTAL
    assert [(each.amount_minor, each.state) for each in till.refunds(order_id)] == [(500, "failed")]


def test_cancelling_refunds_the_rest_of_an_unknown_dashboard_refund(till: Till) -> None:
    order_id = till.place_and_pay()
    made = till.provider.refund_in_dashboard(till.reference(order_id), 500)
    till.cancel(order_id)  # requests a refund of the whole payment, of which a part is refunded already

    assert till.receive(made) == "refund_waits_for_another"
    for _ in range(3):
        till.age(order_id)
        till.resolve()

    assert till.order(order_id).state == ("cancelled", "refunded")
    assert [(each.amount_minor, each.state) for each in till.refunds(order_id)] == [
        (TOTAL, "failed"),
        (500, "succeeded"),
        (TOTAL - 500, "succeeded"),
    ]


def test_a_dashboard_refund_counts_that_arrives_before_the_failed_one(till: Till) -> None:
    order_id = till.place_and_pay()
    till.provider.refund_status = "pending"
    till.refund(order_id)
    [own] = till.provider.known_refunds.values()
    failed = till.provider.fail_refund(own.reference)
    till.provider.refund_status = "succeeded"
    made = till.provider.refund_in_dashboard(till.reference(order_id), TOTAL)

    assert [till.receive(made), till.receive(failed)] == ["too_much_refunded", "refund_failed"]
    till.resolve()

    assert till.order(order_id).state == ("confirmed", "refunded")
