"""Starting the payment of an order: one attempt despite lost answers, and only while the order can be paid."""

from collections.abc import Callable
from copy import replace

import pytest

from microshop.errors import (
    NotFound,
    PaymentOutcomeUnknown,
    PaymentPeriodOver,
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


def test_starting_a_payment_returns_what_a_front_end_needs(till: Till) -> None:
    order_id = till.place()

    started = till.start(order_id)

    [intent], [payment] = till.provider.known_intents.values(), till.payments(order_id)
    assert started == StartedPayment(payment.id, STRIPE, "open", intent.client_secret, "pk_fake", Outcome.NOTHING_NEW)
    assert (intent.amount_minor, intent.currency, intent.order_id, intent.attempt) == (TOTAL, "USD", order_id, 1)
    assert (payment.state, payment.reference, payment.amount_minor) == ("started", intent.reference, TOTAL)
    assert (till.order(order_id).state, till.actions(order_id)) == (("pending", "unpaid"), ["placed"])


def test_starting_again_continues_the_same_attempt(till: Till) -> None:
    order_id = till.place()

    first, second = till.start(order_id), till.start(order_id)

    assert first == second
    assert (len(till.provider.known_intents), till.kinds(order_id)) == (1, ["started"])


def test_concurrent_starts_make_one_attempt(till: Till, connect: Connect) -> None:
    order_id, tills = till.place(), [till.on(connect()) for _ in range(16)]

    outcomes = at_once(16, lambda n: tills[n].start(order_id))

    assert len({outcome.client_secret for outcome in outcomes if isinstance(outcome, StartedPayment)}) == 1
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert (len(till.provider.known_intents), till.kinds(order_id)) == (1, ["started"])


class _ObservedProvider(FakeProvider):
    """Runs a callback before each call."""

    def __init__(self) -> None:
        super().__init__()
        self.callbacks: dict[str, Callable[[], object]] = {}

    def start(self, request: PaymentRequest) -> Intent:
        self.callbacks["start"]()
        return super().start(request)

    def find(self, reference: str) -> Intent:
        self.callbacks["find"]()
        return super().find(reference)


def test_an_attempt_is_in_the_ledger_before_the_provider_is_called(till: Till, connect: Connect) -> None:
    order_id, seen, provider = till.place(), list[tuple[str, list[str]]](), _ObservedProvider()
    other = till.on(connect())
    provider.callbacks["start"] = lambda: seen.append((other.payment(order_id).state, other.kinds(order_id)))

    replace(till, provider=provider).start(order_id)

    assert seen == [("started", ["started"])]


def test_a_lost_answer_does_not_undo_a_webhook_in_between(till: Till) -> None:
    provider = _ObservedProvider()
    till = replace(till, provider=provider)
    provider.callbacks = {"start": lambda: None, "find": lambda: till.pay(order_id)}
    order_id = till.place_and_start()
    provider.fail("find", PaymentOutcomeUnknown("timeout"))

    with pytest.raises(PaymentOutcomeUnknown):
        till.start(order_id)

    assert (till.payment(order_id).state, till.order(order_id).state) == ("captured", ("confirmed", "paid"))


def test_a_payment_in_processing_has_no_client_secret(till: Till) -> None:
    order_id = till.place_and_start()
    till.provider.process(till.reference(order_id))

    started = till.start(order_id)

    assert (started.status, started.client_secret) == ("processing", None)
    assert till.order(order_id).state == ("pending", "processing")


def test_starting_a_paid_order_does_not_call_the_provider(till: Till) -> None:
    order_id = till.place_and_pay()
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


def _cancelled(till: Till) -> int:
    order_id = till.place_and_start()
    till.cancel(order_id)
    return order_id


def _mismatched(till: Till) -> int:
    order_id = till.place_and_start()
    till.receive(till.provider.pay(till.reference(order_id), minor=1))
    return order_id


@pytest.mark.parametrize(
    "made", [_cash_on_delivery, Till.place_and_confirm, _cancelled, Till.place_and_expire, _mismatched]
)
def test_an_order_that_cannot_be_paid_by_card_starts_no_payment(till: Till, made: Callable[[Till], int]) -> None:
    order_id = made(till)
    before, calls = till.all_rows(), list(till.provider.calls)

    with pytest.raises(WrongOrderState):
        till.start(order_id)

    assert (till.all_rows(), till.provider.calls) == (before, calls)


@pytest.mark.parametrize("started", [True, False])
def test_an_overdue_order_starts_no_payment(till: Till, *, started: bool) -> None:
    order_id = till.place_and_start() if started else till.place()
    till.make_overdue(order_id)
    before = till.all_rows()

    with pytest.raises(PaymentPeriodOver):
        till.start(order_id)

    assert till.all_rows() == before


def test_a_customer_cannot_pay_the_order_of_another_customer(till: Till, database: Database) -> None:
    order_id, other = till.place(), a_customer(database)

    for requested in (order_id, 2**62):
        with pytest.raises(NotFound):
            start_payment(other, requested, STRIPE, till.provider, till.uow)

    assert (till.payments(order_id), till.provider.calls) == ([], [])
