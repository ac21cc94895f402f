"""Giving money back, in parts or whole, with goods or without: never more than came, and once whatever gets lost."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from microshop.errors import (
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    PaymentOutcomeUnknown,
    PaymentRefused,
    RefundTooLarge,
    Unavailable,
    WrongOrderState,
)
from microshop.payments import refunding
from microshop.payments.payment import Refund, RequestedRefund
from microshop.payments.providers.port import ProviderRefund, RefundRequest
from microshop.payments.refunding import refund_order
from microshop.platform.mysql import Database
from tests.integration.conftest import Connect
from tests.support.books import disagreements
from tests.support.catalogue import put_on_sale
from tests.support.fake_provider import FakeProvider
from tests.support.orders import RULES, place
from tests.support.payments import TOTAL, Till
from tests.support.records import event_types, events_of, movements_of, stock_of
from tests.support.tables import empty
from tests.support.threads import at_once
from tests.support.use_cases import deliver


@pytest.fixture
def till(database: Database, batching: Database) -> Till:
    return Till.opened(database, batching)


@pytest.fixture
def kettle(database: Database) -> int:
    return put_on_sale(database, stock=10)


@pytest.fixture
def mug(database: Database) -> int:
    return put_on_sale(database, stock=10)


def _given_back(till: Till) -> int:
    """What the provider has given back, or is about to."""
    return sum(each.amount_minor for each in till.provider.known_refunds.values() if each.status != "failed")


# ---- money


def _paid_in(till: Till, currency: str, price_minor: int) -> int:
    product = put_on_sale(till.database, price_minor=price_minor, currency=currency)
    rules = replace(RULES, currency=currency)
    order_id = int(place(till.batching, till.customer, [(product, 1)], rules=rules)["order_id"])
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
    order_id = _paid_in(till, currency, 6000)
    wanted = RequestedRefund(amount, None)

    with pytest.raises(InvalidInput, match=f"^amount: .*{reason}"):
        refund_order(till.admin, order_id, wanted, None, find_provider=till.find_provider, uow=till.uow)

    assert (_given_back(till), till.order(order_id).refunded_minor) == (0, 0)


def test_a_refund_has_the_currency_of_its_payment(till: Till) -> None:
    order_id = _paid_in(till, "KWD", 6000)

    refund_order(
        till.admin, order_id, RequestedRefund("1.230", None), None, find_provider=till.find_provider, uow=till.uow
    )

    assert till.order(order_id).refunded_minor == 1230


def test_a_part_and_then_the_rest_give_the_whole_back(till: Till) -> None:
    order_id = till.paid()

    part = till.refund(order_id, 1500)
    assert (part.state, till.order(order_id).state) == ("succeeded", ("confirmed", "partially_refunded"))
    rest = till.refund(order_id)

    order = till.order(order_id)
    assert (rest.amount_minor, order.refunded_minor, _given_back(till)) == (TOTAL - 1500, TOTAL, TOTAL)
    assert (order.state, till.payment(order_id).left_minor) == (("confirmed", "refunded"), 0)
    [first, second] = events_of(till.database, f"order:{order_id}")[-2:]
    assert [(kind, data["amount_minor"], data["refunded_minor"]) for kind, data in (first, second)] == [
        ("OrderRefunded", 1500, 1500),
        ("OrderRefunded", TOTAL - 1500, TOTAL),
    ]


def test_a_refund_is_told_with_its_reason_and_who_gave_it(till: Till) -> None:
    order_id = till.paid()

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
def test_more_than_is_left_is_refused_and_leaves_no_trace(till: Till, before: int) -> None:
    order_id = till.paid()
    if before:
        till.refund(order_id, before)
    everything = till.everything()

    with pytest.raises(RefundTooLarge):
        till.refund(order_id, TOTAL - before + 1)

    assert (till.everything(), _given_back(till)) == (everything, before)


def test_after_a_hundred_refunds_only_all_that_is_left_goes_back(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refunding, "MAX_REFUNDS", 2)  # a hundred would prove no more
    order_id = till.paid()
    for _ in range(2):
        till.refund(order_id, 100)
    everything = till.everything()

    with pytest.raises(RefundTooLarge) as refusal:
        till.refund(order_id, 100)

    assert refusal.value.problems[0].reason == "must be all that is left after 2 refunds"
    assert (till.everything(), _given_back(till)) == (everything, 200)
    assert till.refund(order_id).amount_minor == TOTAL - 200


def test_an_order_that_was_refunded_whole_has_nothing_left_to_refund(till: Till) -> None:
    order_id = till.paid()
    till.refund(order_id)

    for minor in (None, 1):
        with pytest.raises(RefundTooLarge):
            till.refund(order_id, minor)

    assert len(till.refunds(order_id)) == 1


def test_twenty_refunds_at_once_never_give_back_more_than_came(till: Till, connect: Connect) -> None:
    order_id, tills = till.paid(), [till.on(connect()) for _ in range(20)]

    outcomes = at_once(20, lambda n: tills[n].refund(order_id, 1000))

    assert sum(isinstance(outcome, Refund) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, RefundTooLarge) for outcome in outcomes) == 15
    assert (_given_back(till), till.order(order_id).refunded_minor) == (5000, 5000)


def _unpaid(till: Till) -> int:
    return till.started()


@pytest.mark.parametrize("made", [Till.place, _unpaid, Till.expired])
def test_an_order_that_was_not_paid_cannot_be_refunded(till: Till, made: Callable[[Till], int]) -> None:
    order_id = made(till)
    before = till.everything()

    with pytest.raises(WrongOrderState):
        till.refund(order_id, 1)

    assert till.everything() == before


def test_an_order_that_is_not_there_cannot_be_refunded(till: Till) -> None:
    with pytest.raises(NotFound):
        till.refund(2**62)


@pytest.mark.parametrize("status", ["shipped", "delivered"])
def test_what_is_with_the_customer_can_be_refunded_and_goes_its_way(till: Till, status: str) -> None:
    order_id = till.paid()
    till.ship(order_id)
    if status == "delivered":
        deliver(till.database, till.admin, order_id)

    till.refund(order_id)

    assert till.order(order_id).state == (status, "refunded")


def test_an_order_that_was_refunded_whole_is_not_shipped_and_can_be_called_off(till: Till, kettle: int) -> None:
    order_id = till.paid((kettle, 3))
    till.refund(order_id)

    with pytest.raises(WrongOrderState):
        till.ship(order_id)
    till.cancel(order_id)

    assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("cancelled", "refunded"), 10)
    assert len(till.refunds(order_id)) == 1


def test_money_that_came_by_hand_is_given_back_by_whoever_says_so(till: Till) -> None:
    order_id = till.confirmed()

    refund = till.refund(order_id, 1500)

    assert (refund.state, till.order(order_id).state) == ("succeeded", ("confirmed", "partially_refunded"))
    assert till.provider.calls == []


# ---- once


def test_a_request_that_comes_again_with_its_key_is_the_same_refund(till: Till) -> None:
    order_id = till.paid()

    first, again = (till.refund(order_id, 1500, key=till.key("one", order_id)) for _ in range(2))

    assert first == again
    assert (till.order(order_id).refunded_minor, _given_back(till)) == (1500, 1500)


def test_a_key_that_comes_sixteen_times_at_once_makes_one_refund(till: Till, connect: Connect) -> None:
    order_id, tills = till.paid(), [till.on(connect()) for _ in range(16)]

    outcomes = at_once(16, lambda n: tills[n].refund(order_id, 300, key=till.key("one", order_id)))

    assert {outcome.id for outcome in outcomes if isinstance(outcome, Refund)} == {till.refunds(order_id)[0].id}
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert (_given_back(till), event_types(till.database)["OrderRefunded"]) == (300, 1)


def test_a_key_that_was_used_for_another_request_is_refused(till: Till) -> None:
    order_id, other = till.paid(), till.paid()
    till.refund(order_id, 1500, key=till.key("one", order_id, {"amount": 15}))

    for wanted, body in ((order_id, {"amount": 16}), (other, {"amount": 15})):
        with pytest.raises(IdempotencyKeyReused):
            till.refund(wanted, 1500, key=till.key("one", wanted, body))

    assert _given_back(till) == 1500


def test_a_key_that_is_used_for_two_orders_at_once_makes_one_refund(till: Till, connect: Connect) -> None:
    orders, tills = [till.paid(), till.paid()], [till.on(connect()), till.on(connect())]

    outcomes = at_once(2, lambda n: tills[n].refund(orders[n], 300, key=till.key("one", orders[n])))

    assert {type(outcome) for outcome in outcomes} == {Refund, IdempotencyKeyReused}
    assert _given_back(till) == 300


# ---- a provider that does not answer, says no, or takes its time


@pytest.mark.parametrize("acted", [True, False])
@pytest.mark.parametrize("resumed", ["by its key", "by the schedule"])
def test_a_refund_without_an_answer_is_requested_still_and_made_once(till: Till, *, acted: bool, resumed: str) -> None:
    order_id = till.paid()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"), acted=acted)
    key = till.key("one", order_id)

    unsure = till.refund(order_id, 1500, key=key)
    assert (unsure.state, till.order(order_id).state) == ("requested", ("confirmed", "paid"))
    assert till.kinds(order_id)[-1] == "refund_unknown"
    if resumed == "by its key":
        assert till.refund(order_id, 1500, key=key).state == "succeeded"
    else:
        till.age(order_id)
        assert till.resolve() == ["refunded"]

    assert (till.order(order_id).refunded_minor, _given_back(till)) == (1500, 1500)
    assert len(till.provider.known_refunds) == 1


def test_a_refund_that_the_provider_refuses_leaves_money_and_units_free(till: Till, kettle: int) -> None:
    order_id = till.paid((kettle, 3))
    till.provider.fail("refund", PaymentRefused("charge_disputed", "There is a dispute."))

    refused = till.refund(order_id, restock=[(kettle, 3)])

    assert (refused.state, refused.failure) == ("failed", "charge_disputed: There is a dispute.")
    assert (till.order(order_id).state, till.payment(order_id).left_minor) == (("confirmed", "paid"), TOTAL)
    assert (till.order(order_id).lines[0].returned, stock_of(till.database, kettle)) == (0, 7)
    assert till.refund(order_id, restock=[(kettle, 3)]).state == "succeeded"
    assert stock_of(till.database, kettle) == 10


@pytest.mark.parametrize("told_by", ["webhook", "schedule"])
def test_a_refund_that_takes_days_counts_when_it_has_arrived(till: Till, kettle: int, told_by: str) -> None:
    order_id = till.paid((kettle, 3))
    till.provider.refunds_become = "pending"
    assert till.refund(order_id, restock=[(kettle, 2)]).state == "pending"
    assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("confirmed", "paid"), 7)

    [made] = till.provider.known_refunds.values()
    arrived = till.provider.settle_refund(made.reference)
    till.age(order_id)
    told = till.tell(arrived) if told_by == "webhook" else till.resolve()[0]

    assert (told, till.order(order_id).state) == ("refunded", ("confirmed", "refunded"))
    assert (stock_of(till.database, kettle), till.refunds(order_id)[0].next_check_at) == (9, None)
    assert till.resolve() == []


def test_money_that_is_promised_cannot_be_promised_again(till: Till) -> None:
    order_id = till.paid()
    till.provider.refunds_become = "pending"
    till.refund(order_id, TOTAL - 100)

    with pytest.raises(RefundTooLarge):
        till.refund(order_id, 101)

    assert till.refund(order_id, 100).state == "pending"


def test_a_refund_that_comes_back_after_days_can_be_made_anew_without_its_units(till: Till, kettle: int) -> None:
    order_id = till.paid((kettle, 3))
    till.refund(order_id, restock=[(kettle, 3)])
    [made] = till.provider.known_refunds.values()

    assert till.tell(till.provider.fail_refund(made.reference)) == "refund_failed"
    assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("confirmed", "paid"), 10)
    with pytest.raises(RefundTooLarge):
        till.refund(order_id, restock=[(kettle, 1)])

    assert till.refund(order_id).state == "succeeded"
    assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("confirmed", "refunded"), 10)


class _TellsAtOnce(FakeProvider):
    """Its webhook comes before its answer."""

    tell: Callable[[ProviderRefund], object]

    def refund(self, request: RefundRequest) -> ProviderRefund:
        made = super().refund(request)
        self.tell(made)
        return made


def test_a_webhook_that_overtakes_the_answer_counts_the_refund_once(till: Till, connect: Connect, kettle: int) -> None:
    provider = _TellsAtOnce()
    till = replace(till, provider=provider)
    order_id, elsewhere = till.paid((kettle, 3)), till.on(connect())
    provider.tell = elsewhere.tell

    refund = till.refund(order_id, 1500, restock=[(kettle, 1)])

    assert (refund.state, till.order(order_id).refunded_minor, len(till.refunds(order_id))) == ("succeeded", 1500, 1)
    assert (stock_of(till.database, kettle), till.history(order_id)[-1].actor) == (8, "admin")


def test_a_refund_of_which_the_provider_has_not_heard_is_requested_still_and_made_later(till: Till) -> None:
    order_id = till.paid()
    till.provider.fail("refund", Unavailable("payments"))

    assert till.refund(order_id, 1500).state == "requested"
    till.age(order_id)

    assert till.resolve() == ["refunded"]


def test_money_that_came_late_goes_back_in_parts_where_the_whole_was_refused(till: Till) -> None:
    order_id = till.expired()
    till.pay(order_id)
    till.provider.fail("refund", PaymentRefused("charge_disputed"))
    assert till.resolve() == ["refund_failed"]

    for minor in (1500, None):
        assert till.refund(order_id, minor).state == "succeeded"

    assert (till.order(order_id).state, _given_back(till)) == (("expired", "refunded"), TOTAL)


# ---- money in review


def _in_review(
    till: Till, currency: str = "USD", minor: int = TOTAL + 100, items: Sequence[tuple[int, int]] = ()
) -> int:
    order_id = till.started(*items)
    till.tell(till.provider.pay(till.reference(order_id), minor=minor, currency=currency))
    assert till.order(order_id).state == ("pending", "review")
    return order_id


@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_refunding_all_money_in_review_cancels_the_order(till: Till, kettle: int, currency: str) -> None:
    order_id = _in_review(till, currency, items=[(kettle, 3)])

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
    is_its_own = currency == "USD"
    order = till.order(order_id)
    assert order.state == ("cancelled", "refunded" if is_its_own else "unpaid")
    assert order.captured_minor == order.refunded_minor == (TOTAL + 100 if is_its_own else 0)
    assert _given_back(till) == TOTAL + 100
    assert disagreements(till.database) == {}


def test_foreign_money_whose_refund_comes_back_is_in_review_again(till: Till) -> None:
    order_id = _in_review(till, "EUR")
    till.cancel(order_id)
    till.resolve()
    [made] = till.provider.refunds_of(till.reference(order_id))

    till.tell(till.provider.fail_refund(made.reference))

    assert (till.order(order_id).state, till.order(order_id).captured_minor) == (("cancelled", "review"), 0)
    assert till.refund(order_id).state == "succeeded"
    assert till.order(order_id).state == ("cancelled", "unpaid")


# Until the deployment is through, the release before counts money of another currency as the order's.
_COUNTED_AS_THE_ORDERS = "UPDATE orders SET captured_minor = %(minor)s, refunded_minor = %(refunded)s WHERE id = %(id)s"


@pytest.mark.parametrize("cancelled_first", [True, False])
def test_foreign_money_counted_by_an_earlier_release_can_be_refunded(till: Till, cancelled_first: bool) -> None:
    order_id = _in_review(till, "EUR")
    till.refund(order_id, 100)
    till.database.execute(_COUNTED_AS_THE_ORDERS, {"minor": TOTAL + 100, "refunded": 100, "id": order_id})

    if cancelled_first:
        till.cancel(order_id)
        assert till.resolve() == ["refunded"]
    else:
        till.refund(order_id)

    order = till.order(order_id)
    assert (order.state, order.captured_minor, order.refunded_minor) == (("cancelled", "unpaid"), 0, 0)
    assert disagreements(till.database) == {}


def test_foreign_money_refunded_by_an_earlier_release_agrees(till: Till) -> None:
    order_id = _in_review(till, "EUR")
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
def test_a_refund_of_foreign_money_of_an_earlier_release_may_fail_later(till: Till, payment_status: str) -> None:
    order_id = _in_review(till, "EUR")
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

    assert till.tell(till.provider.fail_refund(made.reference)) == "refund_failed"

    order = till.order(order_id)
    assert (order.state, order.captured_minor, till.actions(order_id)[-1]) == (
        ("cancelled", "review"),
        0,
        "refund_failed",
    )
    assert till.refund(order_id).state == "succeeded"
    assert till.order(order_id).state == ("cancelled", "unpaid")


def test_a_refund_that_does_not_fit_its_order_is_recorded_and_reported(till: Till) -> None:
    order_id = till.paid()
    till.refund(order_id)
    [made] = till.provider.refunds_of(till.reference(order_id))
    till.database.execute(
        "UPDATE orders SET payment_status = 'paid', refunded_minor = 0 WHERE id = %(id)s", {"id": order_id}
    )

    assert till.tell(till.provider.fail_refund(made.reference)) == "order_unchanged"

    assert (till.order(order_id).state, till.refunds(order_id)[0].state) == (("confirmed", "paid"), "failed")
    assert till.kinds(order_id)[-1] == "refund_failed"
    empty(till.database)  # the books of which do not agree


def test_units_come_back_with_a_refund_that_does_not_fit_its_order(till: Till, kettle: int) -> None:
    order_id = till.paid((kettle, 3))
    till.provider.refunds_become = "pending"
    till.refund(order_id, 100, restock=[(kettle, 1)])
    [made] = till.provider.refunds_of(till.reference(order_id))
    till.database.execute(
        "UPDATE orders SET payment_status = 'refunded', refunded_minor = captured_minor WHERE id = %(id)s",
        {"id": order_id},
    )

    assert till.tell(till.provider.settle_refund(made.reference)) == "order_unchanged"

    assert (till.refunds(order_id)[0].state, stock_of(till.database, kettle)) == ("succeeded", 8)
    empty(till.database)  # the books of which do not agree


def test_units_do_not_come_back_with_money_in_review(till: Till, kettle: int) -> None:
    order_id = till.started((kettle, 3))
    till.tell(till.provider.pay(till.reference(order_id), minor=TOTAL + 100))

    with pytest.raises(WrongOrderState):
        till.refund(order_id, 100, restock=[(kettle, 1)])


# ---- goods


def test_units_of_each_line_come_back_with_refunds_until_all_are_back(till: Till, kettle: int, mug: int) -> None:
    order_id = till.paid((kettle, 3), (mug, 2))

    till.refund(order_id, 1000, restock=[(kettle, 1), (mug, 2)])
    till.refund(order_id, 1000, restock=[(kettle, 2)])

    assert [(line.quantity, line.returned) for line in till.order(order_id).lines] == [(3, 3), (2, 2)]
    assert movements_of(till.database, kettle)[1:] == [("sold", -3), ("returned", 1), ("returned", 2)]
    assert (stock_of(till.database, kettle), stock_of(till.database, mug)) == (10, 10)
    _, data = events_of(till.database, f"order:{order_id}")[-2]
    assert data["restocked"] == [{"product_id": kettle, "quantity": 1}, {"product_id": mug, "quantity": 2}]


@pytest.mark.parametrize("before", [0, 2])
def test_more_units_than_are_left_come_back_with_no_refund(till: Till, kettle: int, mug: int, before: int) -> None:
    order_id = till.paid((kettle, 3), (mug, 1))
    if before:
        till.refund(order_id, 100, restock=[(kettle, before)])
    everything = till.everything()

    with pytest.raises(RefundTooLarge) as refused:
        till.refund(order_id, 100, restock=[(mug, 1), (kettle, 4 - before)])

    assert [problem.field for problem in refused.value.problems] == ["restock.1.quantity"]
    assert till.everything() == everything


def test_goods_that_the_order_has_not_do_not_come_back(till: Till, kettle: int, mug: int) -> None:
    order_id = till.paid((kettle, 3))

    with pytest.raises(RefundTooLarge):
        till.refund(order_id, 100, restock=[(mug, 1)])

    assert stock_of(till.database, mug) == 10


def test_eight_refunds_at_once_bring_no_unit_back_twice(till: Till, connect: Connect, kettle: int) -> None:
    order_id, tills = till.paid((kettle, 3)), [till.on(connect()) for _ in range(8)]

    outcomes = at_once(8, lambda n: tills[n].refund(order_id, 100, restock=[(kettle, 1)]))

    assert sum(isinstance(outcome, Refund) for outcome in outcomes) == 3
    assert sum(isinstance(outcome, RefundTooLarge) for outcome in outcomes) == 5
    assert (stock_of(till.database, kettle), _given_back(till)) == (10, 300)


def test_a_refund_of_the_dashboard_that_is_told_after_a_cancellation_counts_and_the_rest_goes_back(till: Till) -> None:
    order_id = till.paid()
    made = till.provider.refund_made_elsewhere(till.reference(order_id), 500)
    till.cancel(order_id)  # which promises all of the money, of which a part is gone

    assert till.tell(made) == "refund_waits_for_another"
    for _ in range(3):
        till.age(order_id)
        till.resolve()

    assert till.order(order_id).state == ("cancelled", "refunded")
    assert [(each.amount_minor, each.state) for each in till.refunds(order_id)] == [
        (TOTAL, "failed"),
        (500, "succeeded"),
        (TOTAL - 500, "succeeded"),
    ]


def test_a_refund_of_the_dashboard_that_takes_the_place_of_one_that_failed_counts_although_it_was_heard_first(
    till: Till,
) -> None:
    order_id = till.paid()
    till.provider.refunds_become = "pending"
    till.refund(order_id)
    [own] = till.provider.known_refunds.values()
    failed = till.provider.fail_refund(own.reference)
    till.provider.refunds_become = "succeeded"
    made = till.provider.refund_made_elsewhere(till.reference(order_id), TOTAL)

    assert [till.tell(made), till.tell(failed)] == ["too_much_refunded", "refund_failed"]
    till.resolve()

    assert till.order(order_id).state == ("confirmed", "refunded")
