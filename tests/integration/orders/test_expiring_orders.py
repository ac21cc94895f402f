"""Expiring orders that were not paid in time: the provider first, then the order, and never both money and stock."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from microshop.errors import PaymentOutcomeUnknown, PaymentPeriodOver, Unavailable, WrongOrderState
from microshop.payments.providers.port import Intent
from microshop.payments.starting import StartedPayment
from microshop.platform.mysql import Database
from tests.integration.conftest import Connect
from tests.support.catalogue import put_on_sale
from tests.support.fake_provider import FakeProvider
from tests.support.payments import TOTAL, Till, together
from tests.support.records import event_types, events_of, movements_of, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import adjust


@pytest.fixture
def till(database: Database, batching: Database) -> Till:
    return Till.opened(database, batching)


@pytest.fixture
def kettle(database: Database) -> int:
    return put_on_sale(database, stock=10)


def _overdue(till: Till, order_id: int) -> int:
    till.pass_time(order_id)
    return order_id


def test_an_order_that_nobody_began_to_pay_expires_and_gives_its_stock_back(till: Till, kettle: int) -> None:
    order_id = _overdue(till, till.place((kettle, 3)))

    assert till.expire(order_id) == "expired"

    order, entry = till.order(order_id), till.history(order_id)[-1]
    assert (order.state, order.expires_at, order.version) == (("expired", "unpaid"), None, 2)
    assert (entry.action, entry.actor, entry.note) == ("expired", "system", "not paid in time")
    assert events_of(till.database, f"order:{order_id}")[-1][0] == "OrderExpired"
    assert movements_of(till.database, kettle) == [("received", 10), ("sold", -3), ("returned", 3)]
    assert till.provider.calls == []


@pytest.mark.parametrize("declined", [True, False])
def test_an_attempt_is_called_off_at_the_provider_before_its_order_expires(till: Till, *, declined: bool) -> None:
    order_id = _overdue(till, till.started())
    if declined:
        till.tell(till.provider.decline(till.reference(order_id)))

    assert till.expire(order_id) == "expired"

    assert till.intent(order_id).status == till.payment(order_id).state == "cancelled"
    assert till.order(order_id).state == ("expired", "unpaid")


def test_an_attempt_that_was_called_off_before_lets_its_order_expire(till: Till) -> None:
    order_id = _overdue(till, till.started())
    till.provider.call_off(till.reference(order_id))

    assert till.expire(order_id) == "expired"

    assert (till.payment(order_id).state, till.order(order_id).state) == ("cancelled", ("expired", "unpaid"))


def test_an_attempt_whose_answer_got_lost_is_found_by_its_number_and_called_off(till: Till) -> None:
    order_id = till.place()
    till.provider.fail("start", Unavailable("payments"), acted=True)
    with pytest.raises(Unavailable):
        till.start(order_id)
    assert (till.payment(order_id).state, till.payment(order_id).reference) == ("started", None)

    assert till.expire(_overdue(till, order_id)) == "not_yet"  # the resolver searches for all of them at once
    assert till.resolve() == ["nothing_new"]
    assert till.expire(order_id) == "expired"

    assert till.intent(order_id).status == "cancelled"
    assert till.payment(order_id).reference == till.reference(order_id)


def test_money_that_came_in_time_is_taken_in_instead(till: Till, kettle: int) -> None:
    order_id = _overdue(till, till.started((kettle, 3)))
    till.provider.pay(till.reference(order_id))

    assert till.expire(order_id) == "paid"

    assert (till.order(order_id).state, stock_of(till.database, kettle)) == (("confirmed", "paid"), 7)


class _PaidWhileCalledOff(FakeProvider):
    """The customer is faster than the shop."""

    def cancel(self, reference: str) -> Intent:
        self.pay(reference)
        return super().cancel(reference)


def test_money_that_comes_while_the_attempt_is_called_off_wins(till: Till) -> None:
    till = replace(till, provider=_PaidWhileCalledOff())
    order_id = _overdue(till, till.started())

    assert till.expire(order_id) == "paid"

    assert till.order(order_id).state == ("confirmed", "paid")


def test_another_amount_that_came_in_time_waits_for_a_person(till: Till) -> None:
    order_id = _overdue(till, till.started())
    till.provider.pay(till.reference(order_id), minor=TOTAL - 1)

    assert till.expire(order_id) == "mismatch"

    assert till.order(order_id).state == ("pending", "review")
    assert till.expire(order_id) == "not_yet"


@pytest.mark.parametrize("known", [True, False])
def test_an_order_whose_money_is_on_its_way_never_expires(till: Till, *, known: bool) -> None:
    order_id = _overdue(till, till.started())
    processing = till.provider.process(till.reference(order_id))
    if known:
        till.tell(processing)

    assert till.expire(order_id) == ("not_yet" if known else "processing")

    assert till.order(order_id).state == ("pending", "processing")
    assert till.due_orders() == []


def test_an_order_whose_payment_is_uncertain_waits_until_that_is_known(till: Till) -> None:
    order_id = _overdue(till, till.unsure())
    assert till.expire(order_id) == "not_yet"

    till.age(order_id)
    assert till.resolve() == ["reopened"]

    assert till.due_orders() == [order_id]
    assert till.expire(order_id) == "expired"


@pytest.mark.parametrize("acted", [True, False])
def test_a_provider_that_does_not_answer_leaves_all_as_it_was(till: Till, *, acted: bool) -> None:
    order_id = _overdue(till, till.started())
    before = till.everything()
    till.provider.fail("cancel", PaymentOutcomeUnknown("timeout"), acted=acted)

    with pytest.raises(PaymentOutcomeUnknown):
        till.expire(order_id)

    assert till.everything() == before
    assert till.expire(order_id) == "expired"


@pytest.mark.parametrize("noted", [True, False])
def test_an_attempt_that_the_provider_has_not_is_waited_for_and_then_given_up(till: Till, *, noted: bool) -> None:
    order_id = till.started() if noted else till.place()
    if noted:
        till.provider.forget(till.reference(order_id))
    else:
        till.provider.fail("start", Unavailable("payments"))
        with pytest.raises(Unavailable):
            till.start(order_id)
    _overdue(till, order_id)

    assert till.expire(order_id) == "not_yet"  # it may be on its way to the provider
    assert till.order(order_id).state == ("pending", "unpaid")
    assert till.resolve() == ([] if noted else ["waiting"])
    till.age(order_id)
    assert till.resolve() == ([] if noted else ["failed"])

    assert till.expire(order_id) == "expired"
    assert (till.payment(order_id).state, till.order(order_id).state) == ("failed", ("expired", "unpaid"))


class _StartedMeanwhile(FakeProvider):
    """Another attempt is begun while the first one is called off."""

    meanwhile: Callable[[], object]

    def cancel(self, reference: str) -> Intent:
        intent = super().cancel(reference)
        self.meanwhile()
        return intent


def test_a_payment_that_is_started_meanwhile_keeps_its_order_for_another_pass(till: Till, connect: Connect) -> None:
    provider = _StartedMeanwhile()
    till = replace(till, provider=provider)
    order_id, elsewhere = till.started(), till.on(connect())
    expires_at = till.order(order_id).expires_at

    def start_in_time() -> None:
        renew = "UPDATE orders SET expires_at = %(at)s WHERE id = %(id)s"
        till.database.execute(renew, {"at": expires_at, "id": order_id})
        elsewhere.start(order_id)
        till.pass_time(order_id)

    provider.meanwhile = start_in_time
    till.pass_time(order_id)

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


@pytest.mark.parametrize("made", [_cash_on_delivery, _cancelled, Till.confirmed, Till.paid, Till.expired, Till.place])
def test_an_order_that_waits_for_no_payment_or_has_time_left_does_not_expire(
    till: Till, made: Callable[[Till], int]
) -> None:
    order_id = made(till)
    before = till.everything()

    assert till.expire(order_id) == "not_yet"

    assert till.everything() == before
    assert till.due_orders() == []


def test_the_orders_that_are_overdue_are_found_a_few_at_a_time(till: Till) -> None:
    orders = sorted(till.place() for _ in range(3))
    till.place(payment_method="cash_on_delivery")
    begun = till.started()
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)

    first = till.uow.queries.unpaid_orders(in_an_hour, 0, 2, begun=False)

    assert first == orders[:2]
    assert till.uow.queries.unpaid_orders(in_an_hour, first[-1], 2, begun=False) == orders[2:]
    assert till.uow.queries.unpaid_orders(in_an_hour, 0, 2, begun=True) == [begun]
    assert till.uow.queries.unpaid_orders(datetime.now(UTC), 0, 2, begun=False) == []


# ---- races


def test_expired_eight_times_at_once_an_order_gives_its_stock_back_once(
    till: Till, connect: Connect, kettle: int
) -> None:
    order_id, tills = _overdue(till, till.started((kettle, 3))), [till.on(connect()) for _ in range(8)]

    outcomes = at_once(8, lambda n: tills[n].expire(order_id))

    assert sorted(map(str, outcomes)) == ["expired"] + ["not_yet"] * 7
    assert (stock_of(till.database, kettle), event_types(till.database)["OrderExpired"]) == (10, 1)


def _pay_if_open(till: Till, order_id: int) -> str:
    """The customer pays at the provider, which takes no money for what it has called off."""
    with till.provider._lock:
        if till.intent(order_id).status != "open":
            return "too late"
        paid = till.provider.pay(till.reference(order_id))
    return till.tell(paid)


def _is_paid_while_it_expires(payer: Till, expirer: Till, order_id: int) -> bool:
    payer.pass_time(order_id)
    outcomes = together(lambda: _pay_if_open(payer, order_id), lambda: expirer.expire(order_id))
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    is_paid = payer.intent(order_id).status == "captured"
    assert payer.order(order_id).state == (("confirmed", "paid") if is_paid else ("expired", "unpaid"))
    return is_paid


def test_no_order_is_both_paid_and_expired(till: Till, connect: Connect, kettle: int) -> None:
    others, paid = [till.on(connect()), till.on(connect())], 0

    for turn in range(40):
        paid += _is_paid_while_it_expires(others[turn % 2], others[1 - turn % 2], till.started((kettle, 3)))
        adjust(till.database, till.admin, kettle, 3)

    assert stock_of(till.database, kettle) == 10 + 40 * 3 - 3 * paid
    assert event_types(till.database)["OrderPaid"] == paid
    assert till.uow.queries.due_refunds(datetime.now(UTC), 10) == []


def test_no_order_is_both_started_and_expired(till: Till, connect: Connect) -> None:
    starter, expirer = till.on(connect()), till.on(connect())

    for _ in range(25):
        _start_while_it_expires(till, starter, expirer, till.place())

    assert "captured" not in {each.status for each in till.provider.known_intents.values()}


def _start_while_it_expires(till: Till, starter: Till, expirer: Till, order_id: int) -> None:
    def run_out_and_expire() -> None:
        expirer.pass_time(order_id)
        expirer.expire(order_id)

    outcomes = together(lambda: starter.start(order_id), run_out_and_expire)

    if till.order(order_id).state == ("pending", "unpaid"):
        assert till.expire(order_id) == "expired"
    assert till.order(order_id).state == ("expired", "unpaid")
    assert [each.state for each in till.payments(order_id)] in ([], ["cancelled"])
    assert isinstance(outcomes[0], StartedPayment | PaymentPeriodOver | WrongOrderState)


@pytest.mark.parametrize("end", [Till.cancel, Till.confirm])
def test_an_order_that_expires_while_somebody_ends_it_otherwise_ends_once(
    till: Till, connect: Connect, kettle: int, end: Callable[[Till, int], object]
) -> None:
    ender, expirer, kept = till.on(connect()), till.on(connect()), 0

    for _ in range(15):
        order_id = _overdue(till, till.started((kettle, 3)))
        _end_while_it_expires(ender, end, expirer, order_id)
        till.resolve()
        assert till.payments(order_id)[0].state == "cancelled"
        kept += till.order(order_id).status == "confirmed"
        adjust(till.database, till.admin, kettle, 3)

    assert stock_of(till.database, kettle) == 10 + 15 * 3 - 3 * kept


def _end_while_it_expires(ender: Till, end: Callable[[Till, int], object], expirer: Till, order_id: int) -> None:
    ended, expired = together(lambda: end(ender, order_id), lambda: expirer.expire(order_id))

    assert isinstance(ended, WrongOrderState) == (expired == "expired")
