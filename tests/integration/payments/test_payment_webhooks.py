"""Webhooks of payment providers: handled once, in any order, and only for payments of this shop."""

from collections.abc import Callable, Iterator
from copy import replace

import pytest

from microshop.payments.providers.port import Intent, ProviderRefund
from microshop.platform.mysql import Database
from tests.integration.conftest import Connect
from tests.support.payments import TOTAL, Till
from tests.support.records import count, event_types
from tests.support.threads import at_once


def _outcomes(database: Database) -> list[str]:
    return [row["outcome"] for row in database.rows("SELECT outcome FROM provider_events ORDER BY received_at")]


def test_an_event_that_is_delivered_twice_is_handled_once(till: Till, database: Database) -> None:
    order_id = till.place_and_start()
    paid = till.provider.pay(till.reference(order_id))

    assert [till.receive(paid, "evt_1"), till.receive(paid, "evt_1")] == ["paid", "duplicate"]

    assert (_outcomes(database), till.order(order_id).version) == (["paid"], 2)


def test_an_event_with_a_known_id_is_a_duplicate_whatever_its_update(till: Till) -> None:
    order_id = till.place_and_start()
    declined = till.provider.decline(till.reference(order_id))
    paid = till.provider.pay(till.reference(order_id))

    assert [till.receive(declined, "evt_1"), till.receive(paid, "evt_1")] == ["declined", "duplicate"]

    assert till.order(order_id).state == ("pending", "unpaid")


@pytest.mark.parametrize("same_id", [True, False])
def test_concurrent_deliveries_of_an_update_apply_it_once(
    till: Till, connect: Connect, database: Database, *, same_id: bool
) -> None:
    order_id, tills = till.place_and_start(), [till.on(connect()) for _ in range(8)]
    paid = till.provider.pay(till.reference(order_id))

    outcomes = at_once(8, lambda n: tills[n].receive(paid, "evt_1" if same_id else f"evt_{n}"))

    assert sorted(map(str, outcomes)) == sorted(["paid"] + ["duplicate" if same_id else "nothing_new"] * 7)
    assert count(database, "provider_events") == (1 if same_id else 8)
    assert (till.kinds(order_id), event_types(database)["OrderPaid"]) == (["started", "captured"], 1)


def _updates_of_payment(till: Till, order_id: int) -> Iterator[Intent | ProviderRefund]:
    provider, reference = till.provider, till.reference(order_id)
    yield provider.decline(reference)
    yield provider.process(reference)
    yield provider.pay(reference)
    provider.refund_status = "pending"
    made = provider.refund_in_dashboard(reference, 1000)
    yield made
    yield provider.settle_refund(made.reference)
    yield provider.fail_refund(made.reference)


def test_repeating_all_updates_of_a_payment_changes_nothing(till: Till) -> None:
    order_id, updates = till.place_and_start(), list[Intent | ProviderRefund]()
    for update in _updates_of_payment(till, order_id):
        updates.append(update)
        till.receive(update)
    before = till.all_rows()
    assert till.order(order_id).state == ("confirmed", "paid")

    for update in (*updates, *reversed(updates)):
        assert till.receive(update) == "nothing_new"

    assert till.all_rows() == before


def test_an_event_of_an_unknown_payment_is_recorded_and_changes_nothing(till: Till, database: Database) -> None:
    till.place_and_start()
    before = till.all_rows()
    foreign = till.provider.add_intent(500, "USD")
    refund = till.provider.refund_in_dashboard(foreign.reference, 500)
    dispute = replace(till.provider.dispute(foreign.reference), intent_reference=None)

    received = [till.receive(update) for update in (foreign, refund, dispute, replace(refund, intent_reference=None))]

    assert received == _outcomes(database) == ["foreign", *["unknown_payment"] * 3]
    assert till.all_rows() == before


def test_an_event_of_an_unused_type_is_recorded(till: Till, database: Database) -> None:
    assert [till.receive(None, "evt_1"), till.receive(None, "evt_1")] == ["ignored", "duplicate"]
    assert _outcomes(database) == ["ignored"]


def test_a_payment_without_reference_is_found_by_order_and_attempt(till: Till) -> None:
    order_id = till.place_with_timeout()
    assert till.payment(order_id).reference is None

    assert till.pay(order_id) == "paid"

    assert till.payment(order_id).reference == till.intent(order_id).reference


@pytest.mark.parametrize("made", [Till.place_and_start, Till.place_and_pay])
def test_another_payment_with_the_same_attempt_is_unknown(till: Till, made: Callable[[Till], int]) -> None:
    order_id = made(till)
    before = till.all_rows()
    other = till.provider.add_intent(TOTAL, "USD", order_id=order_id, attempt=1)

    assert till.receive(till.provider.pay(other.reference)) == "unknown_payment"

    assert till.all_rows() == before


@pytest.mark.parametrize("made", [Till.place_with_timeout, Till.place_and_start, Till.place_and_pay])
def test_a_payment_of_another_shop_does_not_change_the_order_it_names(till: Till, made: Callable[[Till], int]) -> None:
    order_id = made(till)
    before = till.all_rows()
    other = till.provider.add_intent(TOTAL, "USD", order_id=order_id, attempt=1, foreign=True)
    paid = till.provider.pay(other.reference)
    refund = replace(till.provider.refund_in_dashboard(other.reference, 500), number=1, foreign=True)

    outcomes = [till.receive(paid), till.receive(refund), till.receive(till.provider.dispute(other.reference))]

    assert outcomes == ["foreign", "foreign", "unknown_payment"]
    assert till.all_rows() == before


def test_an_unanswered_attempt_matches_no_payment_of_another_shop(till: Till) -> None:
    order_id = till.place_with_timeout(acted=False)
    till.provider.add_intent(TOTAL, "USD", order_id=order_id, attempt=1, foreign=True)
    till.age(order_id)

    till.resolve()

    assert (till.payment(order_id).state, till.payment(order_id).reference) == ("failed", None)


def test_a_payment_of_an_attempt_that_never_existed_is_unknown(till: Till) -> None:
    order_id = till.place()
    other = till.provider.add_intent(TOTAL, "USD", order_id=order_id, attempt=1)

    assert till.receive(till.provider.pay(other.reference)) == "unknown_payment"


def test_the_failure_of_a_refund_may_arrive_before_its_success(till: Till) -> None:
    order_id = till.place_and_pay()
    till.provider.refund_status = "pending"
    till.refund(order_id, 1500)
    [made] = till.provider.known_refunds.values()

    failed = till.provider.fail_refund(made.reference)

    assert [till.receive(failed), till.receive(replace(made, status="succeeded"))] == ["refund_failed", "nothing_new"]
    assert (till.order(order_id).state, till.payment(order_id).refunded_minor) == (("confirmed", "paid"), 0)
