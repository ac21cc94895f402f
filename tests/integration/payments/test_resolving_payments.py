"""Resolving payments with the provider: attempts without an answer, abandoned attempts and requested refunds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from microshop.errors import PaymentOutcomeUnknown, Unavailable
from microshop.payments.attempts import backoff
from microshop.payments.resolving import resolve_payment
from tests.integration.conftest import Connect
from tests.support.payments import Till
from tests.support.threads import at_once

type ProviderAction = Callable[[Till, int], object]


def _nothing(_till: Till, _order_id: int) -> None:
    """The customer has not paid yet."""


def _pay(till: Till, order_id: int) -> None:
    till.provider.pay(till.reference(order_id))


def _pay_another_amount(till: Till, order_id: int) -> None:
    till.provider.pay(till.reference(order_id), minor=1)


def _decline(till: Till, order_id: int) -> None:
    till.provider.decline(till.reference(order_id))


def _process(till: Till, order_id: int) -> None:
    till.provider.process(till.reference(order_id))


def _cancel(till: Till, order_id: int) -> None:
    till.provider.cancel_in_dashboard(till.reference(order_id))


@pytest.mark.parametrize(
    ("act", "outcome", "payment", "order"),
    [
        (_nothing, "reopened", "started", ("pending", "unpaid")),
        (_pay, "paid", "captured", ("confirmed", "paid")),
        (_pay_another_amount, "mismatch", "mismatched", ("pending", "review")),
        (_decline, "declined", "started", ("pending", "unpaid")),
        (_process, "processing", "processing", ("pending", "processing")),
        (_cancel, "cancelled", "cancelled", ("pending", "unpaid")),
    ],
)
def test_an_attempt_without_an_answer_gets_the_providers_state(
    till: Till, *, act: ProviderAction, outcome: str, payment: str, order: tuple[str, str]
) -> None:
    order_id = till.place_with_timeout(acted=True)
    act(till, order_id)
    till.age(order_id, timedelta(0))

    assert till.resolve() == [outcome]

    assert (till.payment(order_id).state, till.order(order_id).state) == (payment, order)
    assert (till.payment(order_id).next_check_at is None) == (payment != "processing")
    assert [call for call, _ in till.provider.calls if call == "start"] == ["start"]


def test_an_attempt_missing_at_the_provider_fails_after_some_time(till: Till) -> None:
    order_id = till.place_with_timeout(acted=False)
    till.age(order_id, timedelta(0))
    assert till.resolve() == ["waiting"]
    assert (till.order(order_id).state, till.payment(order_id).checks) == (("pending", "review"), 1)

    till.age(order_id)
    assert till.resolve() == ["failed"]

    assert (till.payment(order_id).state, till.order(order_id).state) == ("failed", ("pending", "unpaid"))
    till.start(order_id)
    assert till.pay(order_id) == "paid"


def test_an_attempt_found_after_it_failed_still_pays_its_order(till: Till) -> None:
    order_id = till.place_with_timeout(acted=True)
    [intent] = till.provider.known_intents.values()
    till.provider.forget(intent.reference)
    till.age(order_id)
    assert till.resolve() == ["failed"]

    till.provider.known_intents[intent.reference] = intent

    assert till.receive(till.provider.pay(intent.reference)) == "paid"
    assert till.order(order_id).state == ("confirmed", "paid")


@pytest.mark.parametrize(
    ("act", "outcomes", "order"),
    [
        (_nothing, ["cancelled"], ("cancelled", "unpaid")),
        (_decline, ["cancelled"], ("cancelled", "unpaid")),
        (_cancel, ["cancelled"], ("cancelled", "unpaid")),
        (_pay, ["paid_late", "refunded"], ("cancelled", "refunded")),
        (_pay_another_amount, ["mismatch", "refunded"], ("cancelled", "refunded")),
    ],
)
@pytest.mark.parametrize("made", [Till.place_and_start, Till.place_with_timeout])
def test_the_attempt_of_a_cancelled_order_is_cancelled_or_refunded(
    till: Till, *, made: Callable[[Till], int], act: ProviderAction, outcomes: list[str], order: tuple[str, str]
) -> None:
    order_id = made(till)
    act(till, order_id)
    till.cancel(order_id)

    assert till.resolve() == outcomes

    assert till.order(order_id).state == order
    assert till.intent(order_id).status in ("cancelled", "captured")
    assert till.resolve() == []


def test_an_abandoned_attempt_in_processing_is_checked_until_it_ends(till: Till) -> None:
    order_id = till.place_and_start()
    till.cancel(order_id)
    _process(till, order_id)
    assert till.resolve() == ["nothing_new"]
    assert till.payment(order_id).next_check_at is not None

    _pay(till, order_id)
    till.age(order_id)

    assert till.resolve() == ["paid_late", "refunded"]
    assert till.order(order_id).state == ("cancelled", "refunded")


@pytest.mark.parametrize("made", [Till.place_and_start, Till.place_with_timeout])
def test_an_abandoned_attempt_missing_at_the_provider_fails(till: Till, made: Callable[[Till], int]) -> None:
    order_id = made(till)
    till.cancel(order_id)
    till.provider.forget(till.reference(order_id))
    assert till.resolve() == ["waiting"]

    till.age(order_id)
    assert till.resolve() == ["failed"]

    assert (till.payment(order_id).state, till.order(order_id).state) == ("failed", ("cancelled", "unpaid"))
    assert till.resolve() == []


@pytest.mark.parametrize("error", [PaymentOutcomeUnknown("timeout"), Unavailable("payments")])
def test_checks_of_an_unavailable_provider_have_an_increasing_backoff(till: Till, error: Exception) -> None:
    order_id = till.place_and_start()
    till.receive(till.provider.process(till.reference(order_id)))
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


def test_one_of_several_concurrent_runs_checks_a_due_payment(till: Till, connect: Connect) -> None:
    order_id, tills = till.place_and_start(), [till.on(connect()) for _ in range(8)]
    till.receive(till.provider.process(till.reference(order_id)))
    till.age(order_id, timedelta(0))
    [due] = till.uow.queries.due_payments(datetime.now(UTC), 10)
    _pay(till, order_id)

    outcomes = at_once(8, lambda n: resolve_payment(due, till.provider, tills[n].uow))

    assert sorted(map(str, outcomes)) == ["claimed_elsewhere"] * 7 + ["paid"]
    assert [call for call, _ in till.provider.calls].count("find") == 1


def test_resolving_a_payment_also_applies_its_refunds(till: Till) -> None:
    order_id = till.place_with_timeout()
    _pay(till, order_id)
    till.provider.refund_in_dashboard(till.reference(order_id), 1000)
    till.provider.refund_in_dashboard(till.reference(order_id), 500)
    till.age(order_id, timedelta(0))

    assert till.resolve() == ["paid"]

    order = till.order(order_id)
    assert (order.state, order.refunded_minor) == (("confirmed", "partially_refunded"), 1500)
