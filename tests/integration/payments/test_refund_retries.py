"""Refunds that are repeated with their key, get no answer, are refused, or take days."""

from collections.abc import Callable
from copy import replace

import pytest

from microshop.errors import (
    IdempotencyKeyReused,
    PaymentOutcomeUnknown,
    PaymentRefused,
    RefundTooLarge,
    Unavailable,
)
from microshop.payments.payment import Refund
from microshop.payments.providers.port import ProviderRefund, RefundRequest
from tests.integration.conftest import Connect
from tests.support.fake_provider import FakeProvider
from tests.support.payments import TOTAL, Till
from tests.support.records import event_types, stock_of
from tests.support.threads import at_once


def test_a_retry_with_the_same_key_returns_the_same_refund(till: Till) -> None:
    order_id = till.place_and_pay()

    first, again = (till.refund(order_id, 1500, key=till.key("one", order_id)) for _ in range(2))

    assert first == again
    assert (till.order(order_id).refunded_minor, till.provider.total_refunded_minor) == (1500, 1500)


def test_concurrent_requests_with_one_key_make_one_refund(till: Till, connect: Connect) -> None:
    order_id, tills = till.place_and_pay(), [till.on(connect()) for _ in range(16)]

    outcomes = at_once(16, lambda n: tills[n].refund(order_id, 300, key=till.key("one", order_id)))

    assert {outcome.id for outcome in outcomes if isinstance(outcome, Refund)} == {till.refunds(order_id)[0].id}
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert (till.provider.total_refunded_minor, event_types(till.database)["OrderRefunded"]) == (300, 1)


def test_a_key_that_is_reused_for_another_refund_is_refused(till: Till) -> None:
    order_id, other = till.place_and_pay(), till.place_and_pay()
    till.refund(order_id, 1500, key=till.key("one", order_id, {"amount": 15}))

    for target, body in ((order_id, {"amount": 16}), (other, {"amount": 15})):
        with pytest.raises(IdempotencyKeyReused):
            till.refund(target, 1500, key=till.key("one", target, body))

    assert till.provider.total_refunded_minor == 1500


def test_concurrent_refunds_of_two_orders_with_one_key_make_one_refund(till: Till, connect: Connect) -> None:
    orders, tills = [till.place_and_pay(), till.place_and_pay()], [till.on(connect()), till.on(connect())]

    outcomes = at_once(2, lambda n: tills[n].refund(orders[n], 300, key=till.key("one", orders[n])))

    assert {type(outcome) for outcome in outcomes} == {Refund, IdempotencyKeyReused}
    assert till.provider.total_refunded_minor == 300


@pytest.mark.parametrize("acted", [True, False])
@pytest.mark.parametrize("resumed_by", ["retry", "schedule"])
def test_a_refund_without_an_answer_is_made_once(till: Till, *, acted: bool, resumed_by: str) -> None:
    order_id = till.place_and_pay()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"), acted=acted)
    key = till.key("one", order_id)

    unknown = till.refund(order_id, 1500, key=key)
    assert (unknown.state, till.order(order_id).state) == ("requested", ("confirmed", "paid"))
    assert till.kinds(order_id)[-1] == "refund_unknown"
    if resumed_by == "retry":
        assert till.refund(order_id, 1500, key=key).state == "succeeded"
    else:
        till.age(order_id)
        assert till.resolve() == ["refunded"]

    assert (till.order(order_id).refunded_minor, till.provider.total_refunded_minor) == (1500, 1500)
    assert len(till.provider.known_refunds) == 1


def test_a_refused_refund_leaves_money_and_units_refundable(till: Till, kettle: int) -> None:
    order_id = till.place_and_pay((kettle, 3))
    till.provider.fail("refund", PaymentRefused("charge_disputed", "There is a dispute."))

    refused = till.refund(order_id, restock=[(kettle, 3)])

    assert (refused.state, refused.failure) == ("failed", "charge_disputed: There is a dispute.")
    assert (till.order(order_id).state, till.payment(order_id).left_minor) == (("confirmed", "paid"), TOTAL)
    assert (till.order(order_id).lines[0].returned, stock_of(till.database, kettle)) == (0, 7)
    assert till.refund(order_id, restock=[(kettle, 3)]).state == "succeeded"
    assert stock_of(till.database, kettle) == 10


@pytest.mark.parametrize("settled_by", ["webhook", "schedule"])
def test_a_pending_refund_counts_once_it_has_succeeded(till: Till, kettle: int, settled_by: str) -> None:
    order_id = till.place_and_pay((kettle, 3))
    till.provider.refund_status = "pending"
    assert till.refund(order_id, restock=[(kettle, 2)]).state == "pending"
    assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("confirmed", "paid"), 7)

    [made] = till.provider.known_refunds.values()
    arrived = till.provider.settle_refund(made.reference)
    till.age(order_id)
    outcome = till.receive(arrived) if settled_by == "webhook" else till.resolve()[0]

    assert (outcome, till.order(order_id).state) == ("refunded", ("confirmed", "refunded"))
    assert (stock_of(till.database, kettle), till.refunds(order_id)[0].next_check_at) == (9, None)
    assert till.resolve() == []


def test_the_amount_of_a_pending_refund_cannot_be_refunded_again(till: Till) -> None:
    order_id = till.place_and_pay()
    till.provider.refund_status = "pending"
    till.refund(order_id, TOTAL - 100)

    with pytest.raises(RefundTooLarge):
        till.refund(order_id, 101)

    assert till.refund(order_id, 100).state == "pending"


def test_a_refund_that_failed_later_is_repeated_without_its_units(till: Till, kettle: int) -> None:
    order_id = till.place_and_pay((kettle, 3))
    till.refund(order_id, restock=[(kettle, 3)])
    [made] = till.provider.known_refunds.values()

    assert till.receive(till.provider.fail_refund(made.reference)) == "refund_failed"
    assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("confirmed", "paid"), 10)
    with pytest.raises(RefundTooLarge):
        till.refund(order_id, restock=[(kettle, 1)])

    assert till.refund(order_id).state == "succeeded"
    assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("confirmed", "refunded"), 10)


class _EarlyWebhookProvider(FakeProvider):
    """Sends the webhook of a refund before it answers."""

    send: Callable[[ProviderRefund], object]

    def refund(self, request: RefundRequest) -> ProviderRefund:
        made = super().refund(request)
        self.send(made)
        return made


def test_a_refund_whose_webhook_overtakes_the_answer_counts_once(till: Till, connect: Connect, kettle: int) -> None:
    provider = _EarlyWebhookProvider()
    till = replace(till, provider=provider)
    order_id, elsewhere = till.place_and_pay((kettle, 3)), till.on(connect())
    provider.send = elsewhere.receive

    refund = till.refund(order_id, 1500, restock=[(kettle, 1)])

    assert (refund.state, till.order(order_id).refunded_minor, len(till.refunds(order_id))) == ("succeeded", 1500, 1)
    assert (stock_of(till.database, kettle), till.history(order_id)[-1].actor) == (8, "admin")


def test_a_refund_that_did_not_reach_the_provider_is_made_later(till: Till) -> None:
    order_id = till.place_and_pay()
    till.provider.fail("refund", Unavailable("payments"))

    assert till.refund(order_id, 1500).state == "requested"
    till.age(order_id)

    assert till.resolve() == ["refunded"]


def test_a_late_payment_can_be_refunded_in_parts_after_a_refusal(till: Till) -> None:
    order_id = till.place_and_expire()
    till.pay(order_id)
    till.provider.fail("refund", PaymentRefused("charge_disputed"))
    assert till.resolve() == ["refund_failed"]

    for minor in (1500, None):
        assert till.refund(order_id, minor).state == "succeeded"

    assert (till.order(order_id).state, till.provider.total_refunded_minor) == (("expired", "refunded"), TOTAL)
