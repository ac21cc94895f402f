"""Starting the payment of an order: once, whatever gets lost, and only while the order waits for it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from microshop.errors import (
    NotFound,
    PaymentOutcomeUnknown,
    PaymentPeriodOver,
    PaymentRefused,
    Unavailable,
    WrongOrderState,
)
from microshop.payments.outcomes import Outcome
from microshop.payments.providers.port import Intent, PaymentRequest
from microshop.payments.starting import StartedPayment, start_payment
from microshop.platform.mysql import Database
from tests.integration.conftest import Connect
from tests.support.fake_provider import FakeProvider
from tests.support.orders import a_customer
from tests.support.payments import STRIPE, TOTAL, Till
from tests.support.threads import at_once


@pytest.fixture
def till(database: Database, batching: Database) -> Till:
    return Till.opened(database, batching)


def _starts(till: Till) -> list[str]:
    """The keys that the provider was asked to begin attempts with."""
    return [about for call, about in till.provider.calls if call == "start"]


def test_a_front_end_gets_what_it_needs_to_have_the_customer_pay(till: Till) -> None:
    order_id = till.place()

    started = till.start(order_id)

    [intent], [payment] = till.provider.known_intents.values(), till.payments(order_id)
    assert started == StartedPayment(payment.id, STRIPE, "open", intent.client_secret, "pk_fake", Outcome.NOTHING_NEW)
    assert (intent.amount_minor, intent.currency, intent.order_id, intent.attempt) == (TOTAL, "USD", order_id, 1)
    assert (payment.state, payment.reference, payment.amount_minor) == ("started", intent.reference, TOTAL)
    assert (till.order(order_id).state, till.actions(order_id)) == (("pending", "unpaid"), ["placed"])


def test_starting_again_goes_on_with_the_same_attempt(till: Till) -> None:
    order_id = till.place()

    first, second = till.start(order_id), till.start(order_id)

    assert first == second
    assert (len(till.provider.known_intents), till.kinds(order_id)) == (1, ["started"])


def test_started_sixteen_times_at_once_a_payment_is_one_attempt(till: Till, connect: Connect) -> None:
    order_id, tills = till.place(), [till.on(connect()) for _ in range(16)]

    outcomes = at_once(16, lambda n: tills[n].start(order_id))

    assert len({outcome.client_secret for outcome in outcomes if isinstance(outcome, StartedPayment)}) == 1
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert (len(till.provider.known_intents), till.kinds(order_id)) == (1, ["started"])


class _Watched(FakeProvider):
    """Tells what it is asked, at the moment at which it is."""

    def __init__(self) -> None:
        super().__init__()
        self.watch: dict[str, Callable[[], object]] = {}

    def start(self, request: PaymentRequest) -> Intent:
        self.watch["start"]()
        return super().start(request)

    def find(self, reference: str) -> Intent:
        self.watch["find"]()
        return super().find(reference)


def test_an_attempt_is_in_the_ledger_before_the_provider_is_asked(till: Till, connect: Connect) -> None:
    order_id, seen, provider = till.place(), list[tuple[str, list[str]]](), _Watched()
    other = till.on(connect())
    provider.watch["start"] = lambda: seen.append((other.payment(order_id).state, other.kinds(order_id)))

    replace(till, provider=provider).start(order_id)

    assert seen == [("started", ["started"])]


# ---- answers that get lost


@pytest.mark.parametrize("acted", [True, False])
def test_an_attempt_without_an_answer_is_in_review_until_asking_again_settles_it(till: Till, *, acted: bool) -> None:
    order_id = till.unsure(acted=acted)
    assert (till.payment(order_id).state, till.order(order_id).state) == ("unknown", ("pending", "review"))
    assert till.payment(order_id).next_check_at is not None

    started = till.start(order_id)

    [intent] = till.provider.known_intents.values()
    assert (started.client_secret, started.outcome) == (intent.client_secret, "reopened")
    assert (till.payment(order_id).state, till.order(order_id).state) == ("started", ("pending", "unpaid"))
    assert till.payment(order_id).next_check_at is None
    assert till.actions(order_id) == ["placed", "payment_review", "payment_reopened"]
    assert len(set(_starts(till))) == 1


def test_an_attempt_that_gets_no_answer_twice_is_put_into_review_once(till: Till) -> None:
    order_id = till.unsure()
    till.provider.fail("start", PaymentOutcomeUnknown("timeout"))

    with pytest.raises(PaymentOutcomeUnknown):
        till.start(order_id)

    assert till.actions(order_id) == ["placed", "payment_review"]
    assert till.kinds(order_id) == ["started", "unknown", "unknown"]


def test_a_provider_that_was_not_reached_changes_nothing_and_can_be_asked_again(till: Till) -> None:
    order_id = till.place()
    till.provider.fail("start", Unavailable("payments"))
    with pytest.raises(Unavailable):
        till.start(order_id)
    assert (till.payment(order_id).state, till.order(order_id).state) == ("started", ("pending", "unpaid"))

    till.start(order_id)

    assert (len(till.payments(order_id)), till.actions(order_id)) == (1, ["placed"])


def test_money_that_came_while_the_answer_got_lost_is_found_by_asking_again(till: Till) -> None:
    order_id = till.unsure()
    till.provider.pay(till.reference(order_id))

    started = till.start(order_id)

    assert (started.status, started.client_secret, started.outcome) == ("captured", None, "paid")


def test_an_answer_that_got_lost_does_not_unsettle_what_a_webhook_told_meanwhile(till: Till) -> None:
    provider = _Watched()
    till = replace(till, provider=provider)
    provider.watch = {"start": lambda: None, "find": lambda: till.pay(order_id)}
    order_id = till.started()
    provider.fail("find", PaymentOutcomeUnknown("timeout"))

    with pytest.raises(PaymentOutcomeUnknown):
        till.start(order_id)

    assert (till.payment(order_id).state, till.order(order_id).state) == ("captured", ("confirmed", "paid"))


# ---- attempts that ended


def test_after_a_refusal_the_next_start_begins_another_attempt(till: Till) -> None:
    order_id = till.place()
    till.provider.fail("start", PaymentRefused("amount_too_small", "Too small."))
    with pytest.raises(PaymentRefused):
        till.start(order_id)
    assert (till.payment(order_id).state, till.order(order_id).state) == ("failed", ("pending", "unpaid"))
    assert till.entries(order_id)[-1].reason == "amount_too_small: Too small."

    till.start(order_id)

    assert [(each.attempt, each.state) for each in till.payments(order_id)] == [(1, "failed"), (2, "started")]
    assert len(set(_starts(till))) == 2


def test_an_attempt_that_was_called_off_at_the_provider_is_followed_by_another_at_once(till: Till) -> None:
    order_id = till.started()
    till.provider.call_off(till.reference(order_id))

    started = till.start(order_id)

    assert [(each.attempt, each.state) for each in till.payments(order_id)] == [(1, "cancelled"), (2, "started")]
    assert (started.status, started.client_secret) == ("open", till.intent(order_id).client_secret)
    assert till.intent(order_id).attempt == 2


def test_a_declined_payment_is_tried_again_with_the_same_attempt(till: Till) -> None:
    order_id = till.started()
    till.tell(till.provider.decline(till.reference(order_id)))

    assert till.start(order_id).status == "open"
    assert till.pay(order_id) == "paid"

    assert [each.state for each in till.payments(order_id)] == ["captured"]


def test_a_payment_that_is_on_its_way_has_no_secret_left(till: Till) -> None:
    order_id = till.started()
    till.provider.process(till.reference(order_id))

    started = till.start(order_id)

    assert (started.status, started.client_secret) == ("processing", None)
    assert till.order(order_id).state == ("pending", "processing")


# ---- orders that wait for no payment


def test_a_paid_order_says_so_without_asking_the_provider(till: Till) -> None:
    order_id = till.paid()
    till.provider.calls.clear()

    started = till.start(order_id)

    assert (started.payment_id, started.status, started.client_secret) == (
        till.payment(order_id).id,
        "captured",
        None,
    )
    assert till.provider.calls == []


def _cash_on_delivery(till: Till) -> int:
    return till.place(payment_method="cash_on_delivery")


def _paid_by_hand(till: Till) -> int:
    return till.confirmed()


def _cancelled(till: Till) -> int:
    order_id = till.started()
    till.cancel(order_id)
    return order_id


def _expired(till: Till) -> int:
    return till.expired()


def _mismatched(till: Till) -> int:
    order_id = till.started()
    till.tell(till.provider.pay(till.reference(order_id), minor=1))
    return order_id


@pytest.mark.parametrize("made", [_cash_on_delivery, _paid_by_hand, _cancelled, _expired, _mismatched])
def test_an_order_that_waits_for_no_payment_by_card_starts_none(till: Till, made: Callable[[Till], int]) -> None:
    order_id = made(till)
    before, calls = till.everything(), list(till.provider.calls)

    with pytest.raises(WrongOrderState):
        till.start(order_id)

    assert (till.everything(), till.provider.calls) == (before, calls)


@pytest.mark.parametrize("begun", [True, False])
def test_an_order_whose_time_has_passed_starts_no_payment(till: Till, *, begun: bool) -> None:
    order_id = till.started() if begun else till.place()
    till.pass_time(order_id)
    before = till.everything()

    with pytest.raises(PaymentPeriodOver):
        till.start(order_id)

    assert till.everything() == before


def test_a_customer_cannot_pay_the_order_of_another(till: Till, database: Database) -> None:
    order_id, stranger = till.place(), a_customer(database)

    for wanted in (order_id, 2**62):
        with pytest.raises(NotFound):
            start_payment(stranger, wanted, STRIPE, till.provider, till.uow)

    assert (till.payments(order_id), till.provider.calls) == ([], [])
