"""Asking the provider about what was left open: attempts without an answer, attempts to call off, refunds to make."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from microshop.errors import PaymentOutcomeUnknown, PaymentRefused, Unavailable
from microshop.payments.attempts import backoff
from microshop.payments.providers.port import Intent
from microshop.payments.resolving import resolve_payment, resolve_searched
from microshop.payments.searching import search
from microshop.platform.mysql import Database
from tests.integration.conftest import Connect
from tests.support.fake_provider import Call, FakeProvider
from tests.support.payments import TOTAL, Till
from tests.support.threads import at_once

type Happens = Callable[[Till, int], object]


@pytest.fixture
def till(database: Database, batching: Database) -> Till:
    return Till.opened(database, batching)


def _nothing(_till: Till, _order_id: int) -> None:
    """The customer has not done anything yet."""


def _paid(till: Till, order_id: int) -> None:
    till.provider.pay(till.reference(order_id))


def _paid_another_amount(till: Till, order_id: int) -> None:
    till.provider.pay(till.reference(order_id), minor=1)


def _declined(till: Till, order_id: int) -> None:
    till.provider.decline(till.reference(order_id))


def _on_its_way(till: Till, order_id: int) -> None:
    till.provider.process(till.reference(order_id))


def _called_off(till: Till, order_id: int) -> None:
    till.provider.call_off(till.reference(order_id))


@pytest.mark.parametrize(
    ("happens", "outcome", "payment", "order"),
    [
        (_nothing, "reopened", "started", ("pending", "unpaid")),
        (_paid, "paid", "captured", ("confirmed", "paid")),
        (_paid_another_amount, "mismatch", "mismatched", ("pending", "review")),
        (_declined, "declined", "started", ("pending", "unpaid")),
        (_on_its_way, "processing", "processing", ("pending", "processing")),
        (_called_off, "cancelled", "cancelled", ("pending", "unpaid")),
    ],
)
def test_an_attempt_without_an_answer_becomes_what_the_provider_says(
    till: Till, *, happens: Happens, outcome: str, payment: str, order: tuple[str, str]
) -> None:
    order_id = till.unsure(acted=True)
    happens(till, order_id)
    till.age(order_id, timedelta(0))

    assert till.resolve() == [outcome]

    assert (till.payment(order_id).state, till.order(order_id).state) == (payment, order)
    assert (till.payment(order_id).next_check_at is None) == (payment != "processing")
    assert [call for call, _ in till.provider.calls if call == "start"] == ["start"]


def test_an_attempt_that_never_reached_the_provider_is_waited_for_and_then_given_up(till: Till) -> None:
    order_id = till.unsure(acted=False)
    till.age(order_id, timedelta(0))
    assert till.resolve() == ["waiting"]
    assert (till.order(order_id).state, till.payment(order_id).checks) == (("pending", "review"), 1)

    till.age(order_id)
    assert till.resolve() == ["failed"]

    assert (till.payment(order_id).state, till.order(order_id).state) == ("failed", ("pending", "unpaid"))
    till.start(order_id)
    assert till.pay(order_id) == "paid"


def test_an_attempt_that_comes_to_light_after_it_was_given_up_pays_its_order_still(till: Till) -> None:
    order_id = till.unsure(acted=True)
    [intent] = till.provider.known_intents.values()
    till.provider.forget(intent.reference)
    till.age(order_id)
    assert till.resolve() == ["failed"]

    till.provider.known_intents[intent.reference] = intent

    assert till.tell(till.provider.pay(intent.reference)) == "paid"
    assert till.order(order_id).state == ("confirmed", "paid")


@pytest.mark.parametrize(
    ("happens", "outcomes", "order"),
    [
        (_nothing, ["cancelled"], ("cancelled", "unpaid")),
        (_declined, ["cancelled"], ("cancelled", "unpaid")),
        (_called_off, ["cancelled"], ("cancelled", "unpaid")),
        (_paid, ["paid_late", "refunded"], ("cancelled", "refunded")),
        (_paid_another_amount, ["mismatch", "refunded"], ("cancelled", "refunded")),
    ],
)
@pytest.mark.parametrize("made", [Till.started, Till.unsure])
def test_the_attempt_of_an_order_that_was_called_off_is_called_off_too_or_its_money_goes_back(
    till: Till, *, made: Callable[[Till], int], happens: Happens, outcomes: list[str], order: tuple[str, str]
) -> None:
    order_id = made(till)
    happens(till, order_id)
    till.cancel(order_id)

    assert till.resolve() == outcomes

    assert till.order(order_id).state == order
    assert till.intent(order_id).status in ("cancelled", "captured")
    assert till.resolve() == []


def test_an_abandoned_attempt_whose_money_is_on_its_way_is_asked_about_until_it_ends(till: Till) -> None:
    order_id = till.started()
    till.cancel(order_id)
    _on_its_way(till, order_id)
    assert till.resolve() == ["nothing_new"]
    assert till.payment(order_id).next_check_at is not None

    _paid(till, order_id)
    till.age(order_id)

    assert till.resolve() == ["paid_late", "refunded"]
    assert till.order(order_id).state == ("cancelled", "refunded")


@pytest.mark.parametrize("made", [Till.started, Till.unsure])
def test_an_abandoned_attempt_that_the_provider_has_not_is_given_up(till: Till, made: Callable[[Till], int]) -> None:
    order_id = made(till)
    till.cancel(order_id)
    till.provider.forget(till.reference(order_id))
    assert till.resolve() == ["waiting"]

    till.age(order_id)
    assert till.resolve() == ["failed"]

    assert (till.payment(order_id).state, till.order(order_id).state) == ("failed", ("cancelled", "unpaid"))
    assert till.resolve() == []


@pytest.mark.parametrize("error", [PaymentOutcomeUnknown("timeout"), Unavailable("payments")])
def test_a_provider_that_does_not_answer_is_asked_again_after_longer_and_longer(till: Till, error: Exception) -> None:
    order_id = till.started()
    till.tell(till.provider.process(till.reference(order_id)))
    before = till.order(order_id)
    waits = []

    for _ in range(3):
        till.age(order_id, timedelta(0))
        till.provider.fail("find", error)
        with pytest.raises(type(error)):
            till.resolve()
        payment = till.payment(order_id)
        assert payment.next_check_at is not None
        waits.append(payment.checks)

    assert (waits, till.order(order_id)) == ([1, 2, 3], before)
    assert [backoff(checks) for checks in (0, 1, 2, 20)] == [
        timedelta(seconds=15),
        timedelta(seconds=30),
        timedelta(seconds=60),
        timedelta(hours=1),
    ]


def test_what_is_due_is_asked_about_by_one_of_those_that_try_at_once(till: Till, connect: Connect) -> None:
    order_id, tills = till.started(), [till.on(connect()) for _ in range(8)]
    till.tell(till.provider.process(till.reference(order_id)))
    till.age(order_id, timedelta(0))
    [due] = till.uow.queries.due_payments(datetime.now(UTC), 10)
    _paid(till, order_id)

    outcomes = at_once(8, lambda n: resolve_payment(due, till.provider, tills[n].uow))

    assert sorted(map(str, outcomes)) == ["claimed_elsewhere"] * 7 + ["paid"]
    assert [call for call, _ in till.provider.calls].count("find") == 1


def test_one_of_several_concurrent_runs_applies_a_search_result(till: Till, connect: Connect) -> None:
    order_id, tills = till.unsure(), [till.on(connect()) for _ in range(8)]
    till.age(order_id, timedelta(0))
    [due] = till.uow.queries.due_searches(datetime.now(UTC), 10)

    outcomes = at_once(8, lambda n: tills[n].search([due])[0])

    assert sorted(map(str, outcomes)) == ["claimed_elsewhere"] * 7 + ["reopened"]


# ---- attempts without a reference


def _asked(till: Till, call: Call) -> int:
    return [asked for asked, _ in till.provider.calls].count(call)


def test_one_listing_serves_all_attempts_without_a_reference(till: Till) -> None:
    orders = [*(till.unsure() for _ in range(3)), *(till.unsure(acted=False) for _ in range(2))]
    for order_id in orders:
        till.age(order_id, timedelta(minutes=3))

    assert sorted(till.resolve()) == ["failed"] * 2 + ["reopened"] * 3

    assert (_asked(till, "intents"), _asked(till, "find")) == (1, 0)


def test_a_search_takes_no_attempt_of_another_shop_for_its_own(till: Till) -> None:
    order_id = till.unsure(acted=False)
    attempt = till.payment(order_id).attempt
    till.provider.intent_made_elsewhere(TOTAL, "USD", order_id=order_id, attempt=attempt, foreign=True)
    till.age(order_id)

    assert till.resolve() == ["failed"]


def test_a_search_of_a_day_takes_a_few_listings(till: Till) -> None:
    till.age(till.unsure(), timedelta(days=1))

    assert till.resolve() == ["reopened"]

    assert _asked(till, "intents") < 10


class _EndsHalfway(FakeProvider):
    """Its list breaks off after so many attempts, once."""

    left = 0

    def intents(self, since: datetime, until: datetime) -> Iterator[Intent]:
        for intent in super().intents(since, until):
            self.left -= 1
            if self.left == -1:
                raise Unavailable("payments")
            yield intent


def test_a_listing_that_breaks_off_loses_nothing_of_what_it_found(till: Till) -> None:
    provider = _EndsHalfway()
    till = replace(till, provider=provider)
    found, missed = till.unsure(), till.unsure()
    for order_id in (found, missed):
        till.age(order_id, timedelta(0))
    provider.left = 1

    searched = search(till.uow.queries.due_searches(datetime.now(UTC), 10), provider, till.uow)
    first = next(searched)
    assert first is not None
    assert first[0].order_id == found
    assert resolve_searched(*first, provider, till.uow) == "reopened"
    with pytest.raises(Unavailable):
        next(searched)

    assert (till.payment(found).state, till.payment(missed).checks) == ("started", 0)
    assert till.resolve() == ["reopened"]


def test_a_search_goes_on_where_the_last_one_ended(till: Till) -> None:
    order_id = till.unsure(acted=False)
    till.age(order_id, timedelta(hours=3))
    searched = search(till.uow.queries.due_searches(datetime.now(UTC), 10), till.provider, till.uow)
    for _ in range(2):
        assert next(searched) is None
    until = till.payment(order_id).searched_until
    assert until is not None

    till.provider.calls.clear()
    assert till.resolve() == ["failed"]

    assert till.provider.calls[0] == ("intents", until.isoformat())


def test_the_next_search_finds_an_attempt_that_arrived_late(till: Till) -> None:
    order_id = till.unsure(acted=False)
    till.age(order_id, timedelta(0))
    assert till.resolve() == ["waiting"]
    till.provider.fail("start", PaymentOutcomeUnknown("timeout"), acted=True)
    with pytest.raises(PaymentOutcomeUnknown):
        till.start(order_id)
    till.age(order_id, timedelta(0))

    assert till.resolve() == ["reopened"]


def test_refunds_that_were_made_before_the_payment_was_known_are_taken_in_with_it(till: Till) -> None:
    order_id = till.unsure()
    _paid(till, order_id)
    till.provider.refund_made_elsewhere(till.reference(order_id), 1000)
    till.provider.refund_made_elsewhere(till.reference(order_id), 500)
    till.age(order_id, timedelta(0))

    assert till.resolve() == ["paid"]

    order = till.order(order_id)
    assert (order.state, order.refunded_minor) == (("confirmed", "partially_refunded"), 1500)


# ---- refunds


def test_a_refund_that_was_not_made_is_tried_again_within_minutes(till: Till) -> None:
    order_id = till.paid()
    till.cancel(order_id)
    for _ in range(12):
        till.age(order_id, timedelta(0))
        till.provider.fail("refund", Unavailable("payments"))
        with pytest.raises(Unavailable):
            till.resolve()

    [refund] = till.refunds(order_id)

    assert refund.next_check_at is not None
    assert refund.next_check_at - datetime.now(UTC) <= timedelta(minutes=2)


def test_a_refund_that_is_due_to_two_at_once_is_made_once(till: Till, connect: Connect) -> None:
    order_id, tills = till.paid(), [till.on(connect()) for _ in range(4)]
    till.cancel(order_id)

    outcomes = at_once(4, lambda n: tills[n].resolve())

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert [each.amount_minor for each in till.provider.known_refunds.values()] == [TOTAL]
    assert till.actions(order_id) == ["placed", "paid", "cancelled", "refunded"]


def _forget_keys_after_a_day(till: Till) -> None:
    till.provider._by_key.clear()


def test_a_refund_without_an_answer_is_looked_for_at_the_provider_before_it_is_made_again(till: Till) -> None:
    order_id = till.paid()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"), acted=True)
    till.cancel(order_id)
    with pytest.raises(PaymentOutcomeUnknown):
        till.resolve()
    _forget_keys_after_a_day(till)
    till.age(order_id)

    assert till.resolve() == ["refunded"]

    assert [each.amount_minor for each in till.provider.known_refunds.values()] == [TOTAL]
    assert till.order(order_id).state == ("cancelled", "refunded")


@pytest.mark.parametrize("resumed", ["by the schedule", "by its key"])
def test_a_request_for_a_refund_that_got_no_answer_is_looked_for_before_it_is_made_again(
    till: Till, resumed: str
) -> None:
    order_id = till.paid()
    key = till.key("one", order_id)
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"), acted=True)
    till.refund(order_id, 1500, key=key)
    _forget_keys_after_a_day(till)
    till.age(order_id)

    if resumed == "by its key":
        till.refund(order_id, 1500, key=key)
    else:
        till.resolve()

    assert [each.amount_minor for each in till.provider.known_refunds.values()] == [1500]


def test_a_refund_that_the_provider_refuses_leaves_the_money_for_a_person(till: Till) -> None:
    order_id = till.paid()
    till.cancel(order_id)
    till.provider.fail("refund", PaymentRefused("charge_disputed", "There is a dispute."))

    assert till.resolve() == ["refund_failed"]

    assert (till.order(order_id).state, till.payment(order_id).left_minor) == (("cancelled", "paid"), TOTAL)
    assert [till.resolve(), till.resolve()] == [["nothing_new"], []]  # it is looked at once whether others were made
    assert till.refund(order_id).state == "succeeded"
    assert till.order(order_id).state == ("cancelled", "refunded")
