"""Expiring unpaid orders: the attempt is cancelled at the provider first, then the order expires and is restocked."""

from collections.abc import Callable
from copy import replace
from datetime import UTC, datetime, timedelta

import pytest

from microshop.errors import PaymentOutcomeUnknown, Unavailable
from microshop.payments.providers.port import Intent
from tests.integration.conftest import Connect
from tests.support.fake_provider import FakeProvider
from tests.support.payments import TOTAL, Till
from tests.support.records import events_of, movements_of, stock_of


def test_an_order_without_a_payment_expires_and_is_restocked(till: Till, kettle: int) -> None:
    order_id = till.make_overdue(till.place((kettle, 3)))

    assert till.expire(order_id) == "expired"

    order, entry = till.order(order_id), till.history(order_id)[-1]
    assert (order.state, order.expires_at, order.version) == (("expired", "unpaid"), None, 2)
    assert (entry.action, entry.actor, entry.note) == ("expired", "system", "not paid in time")
    assert events_of(till.database, f"order:{order_id}")[-1][0] == "OrderExpired"
    assert movements_of(till.database, kettle) == [("received", 10), ("sold", -3), ("returned", 3)]
    assert till.provider.calls == []


@pytest.mark.parametrize("declined", [True, False])
def test_an_open_attempt_is_cancelled_before_its_order_expires(till: Till, *, declined: bool) -> None:
    order_id = till.make_overdue(till.place_and_start())
    if declined:
        till.receive(till.provider.decline(till.reference(order_id)))

    assert till.expire(order_id) == "expired"

    assert till.intent(order_id).status == till.payment(order_id).state == "cancelled"
    assert till.order(order_id).state == ("expired", "unpaid")


def test_an_order_expires_whose_attempt_was_already_cancelled(till: Till) -> None:
    order_id = till.make_overdue(till.place_and_start())
    till.provider.cancel_in_dashboard(till.reference(order_id))

    assert till.expire(order_id) == "expired"

    assert (till.payment(order_id).state, till.order(order_id).state) == ("cancelled", ("expired", "unpaid"))


def test_an_attempt_whose_answer_was_lost_is_found_and_cancelled(till: Till) -> None:
    order_id = till.place()
    till.provider.fail("start", Unavailable("payments"), acted=True)
    with pytest.raises(Unavailable):
        till.start(order_id)
    assert (till.payment(order_id).state, till.payment(order_id).reference) == ("started", None)

    assert till.expire(till.make_overdue(order_id)) == "not_yet"  # the resolver searches for all of them at once
    assert till.resolve() == ["nothing_new"]
    assert till.expire(order_id) == "expired"

    assert till.intent(order_id).status == "cancelled"
    assert till.payment(order_id).reference == till.reference(order_id)


def test_an_overdue_order_that_was_paid_is_confirmed(till: Till, kettle: int) -> None:
    order_id = till.make_overdue(till.place_and_start((kettle, 3)))
    till.provider.pay(till.reference(order_id))

    assert till.expire(order_id) == "paid"

    assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("confirmed", "paid"), 7)


class _PaidDuringCancel(FakeProvider):
    """The customer pays just before the attempt is cancelled."""

    def cancel(self, reference: str) -> Intent:
        self.pay(reference)
        return super().cancel(reference)


def test_a_payment_during_the_cancellation_confirms_the_order(till: Till) -> None:
    till = replace(till, provider=_PaidDuringCancel())
    order_id = till.make_overdue(till.place_and_start())

    assert till.expire(order_id) == "paid"

    assert till.order(order_id).state == ("confirmed", "paid")


def test_an_overdue_order_paid_with_another_amount_is_in_review(till: Till) -> None:
    order_id = till.make_overdue(till.place_and_start())
    till.provider.pay(till.reference(order_id), minor=TOTAL - 1)

    assert till.expire(order_id) == "mismatch"

    assert till.order(order_id).state == ("pending", "review")
    assert till.expire(order_id) == "not_yet"


@pytest.mark.parametrize("known", [True, False])
def test_an_order_whose_payment_is_processing_does_not_expire(till: Till, *, known: bool) -> None:
    order_id = till.make_overdue(till.place_and_start())
    processing = till.provider.process(till.reference(order_id))
    if known:
        till.receive(processing)

    assert till.expire(order_id) == ("not_yet" if known else "processing")

    assert till.order(order_id).state == ("pending", "processing")
    assert till.due_orders() == []


def test_an_order_in_review_expires_only_after_it_is_resolved(till: Till) -> None:
    order_id = till.make_overdue(till.place_with_timeout())
    assert till.expire(order_id) == "not_yet"

    till.age(order_id)
    assert till.resolve() == ["reopened"]

    assert till.due_orders() == [order_id]
    assert till.expire(order_id) == "expired"


@pytest.mark.parametrize("acted", [True, False])
def test_an_unanswered_cancellation_changes_nothing(till: Till, *, acted: bool) -> None:
    order_id = till.make_overdue(till.place_and_start())
    before = till.all_rows()
    till.provider.fail("cancel", PaymentOutcomeUnknown("timeout"), acted=acted)

    with pytest.raises(PaymentOutcomeUnknown):
        till.expire(order_id)

    assert till.all_rows() == before
    assert till.expire(order_id) == "expired"


@pytest.mark.parametrize("has_reference", [True, False])
def test_an_attempt_missing_at_the_provider_fails_after_some_time(till: Till, *, has_reference: bool) -> None:
    order_id = till.place_and_start() if has_reference else till.place()
    if has_reference:
        till.provider.forget(till.reference(order_id))
    else:
        till.provider.fail("start", Unavailable("payments"))
        with pytest.raises(Unavailable):
            till.start(order_id)
    till.make_overdue(order_id)

    assert till.expire(order_id) == "not_yet"  # the request may still reach the provider
    assert till.order(order_id).state == ("pending", "unpaid")
    assert till.resolve() == ([] if has_reference else ["waiting"])
    till.age(order_id)
    assert till.resolve() == ([] if has_reference else ["failed"])

    assert till.expire(order_id) == "expired"
    assert (till.payment(order_id).state, till.order(order_id).state) == ("failed", ("expired", "unpaid"))


class _StartedDuringCancel(FakeProvider):
    """Another attempt is started while the first one is cancelled."""

    meanwhile: Callable[[], object]

    def cancel(self, reference: str) -> Intent:
        intent = super().cancel(reference)
        self.meanwhile()
        return intent


def test_a_payment_started_during_the_cancellation_delays_the_expiry(till: Till, connect: Connect) -> None:
    provider = _StartedDuringCancel()
    till = replace(till, provider=provider)
    order_id, elsewhere = till.place_and_start(), till.on(connect())
    expires_at = till.order(order_id).expires_at

    def start_in_time() -> None:
        renew = "UPDATE orders SET expires_at = %(at)s WHERE id = %(id)s"
        till.database.execute(renew, {"at": expires_at, "id": order_id})
        elsewhere.start(order_id)
        till.make_overdue(order_id)

    provider.meanwhile = start_in_time
    till.make_overdue(order_id)

    assert till.expire(order_id) == "not_yet"
    assert [each.state for each in till.payments(order_id)] == ["cancelled", "started"]
    provider.meanwhile = lambda: None
    assert till.expire(order_id) == "expired"


def _cash_on_delivery(till: Till) -> int:
    return till.place(payment_method="cash_on_delivery")


def _cancelled(till: Till) -> int:
    order_id = till.place()
    till.cancel(order_id)
    return order_id


@pytest.mark.parametrize(
    "made",
    [_cash_on_delivery, _cancelled, Till.place_and_confirm, Till.place_and_pay, Till.place_and_expire, Till.place],
)
def test_an_order_that_is_not_overdue_does_not_expire(till: Till, made: Callable[[Till], int]) -> None:
    order_id = made(till)
    before = till.all_rows()

    assert till.expire(order_id) == "not_yet"

    assert till.all_rows() == before
    assert till.due_orders() == []


def test_overdue_orders_are_read_page_by_page(till: Till) -> None:
    orders = sorted(till.place() for _ in range(3))
    till.place(payment_method="cash_on_delivery")
    started = till.place_and_start()
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)

    unpaid = till.uow.queries.unpaid_orders

    first = unpaid(in_an_hour, None, 2, has_attempt=False)

    assert [order.id for order in first] == orders[:2]
    assert [order.id for order in unpaid(in_an_hour, first[-1], 2, has_attempt=False)] == orders[2:]
    assert [order.id for order in unpaid(in_an_hour, None, 2, has_attempt=True)] == [started]
    assert unpaid(datetime.now(UTC), None, 2, has_attempt=False) == []
