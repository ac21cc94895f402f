"""Orders with nothing to pay are paid at once, and are returned and cancelled without a refund of money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from microshop.errors import InvalidInput, RefundTooLarge, WrongOrderState
from microshop.payments import refunding
from microshop.payments.payment import RequestedRefund, RestockLine
from microshop.payments.refunding import refund_order
from microshop.reconciliation.overdue_queries import OWED
from microshop.reconciliation.slices import Slice, Subject
from tests.support.catalogue import put_on_sale
from tests.support.connections import open_database
from tests.support.orders import SHIPPED_FREE, place
from tests.support.proxy import Proxy
from tests.support.records import events_of, stock_of
from tests.support.use_cases import cancel, confirm, deliver, ship

if TYPE_CHECKING:
    from microshop.orders.order import PaymentMethod
    from microshop.payments.payment import Refund
    from microshop.platform.mysql import Database
    from tests.support.payments import Till


@pytest.fixture
def sample(database: Database) -> int:
    return put_on_sale(database, price_minor=0, stock=10)


def _place(till: Till, product_id: int, payment_method: PaymentMethod = "card") -> int:
    placed = place(till.database, till.customer, [(product_id, 3)], payment_method=payment_method, rules=SHIPPED_FREE)
    assert (placed["status"], placed["total"], placed["expires_at"]) == ("confirmed", "0.00", None)
    return int(placed["order_id"])


def _refund(till: Till, order_id: int, amount: str | None, *restock: tuple[int, int]) -> Refund:
    wanted = RequestedRefund(amount, "sent back", [RestockLine(*units) for units in restock])
    return refund_order(till.admin, order_id, wanted, None, find_provider=till.find_provider, uow=till.uow)


@pytest.mark.parametrize("payment_method", ["card", "cash_on_delivery"])
def test_a_free_order_is_confirmed_and_paid_at_once(till: Till, sample: int, payment_method: PaymentMethod) -> None:
    order_id = _place(till, sample, payment_method)

    order, payment = till.order(order_id), till.payment(order_id)
    assert (order.state, order.captured_minor) == (("confirmed", "paid"), 0)
    assert (payment.provider, payment.state, payment.captured_minor, payment.reference) == ("free", "captured", 0, None)
    assert [(entry.kind, entry.amount_minor, entry.payment_id) for entry in till.entries(order_id)] == [
        ("captured", 0, payment.id)
    ]
    [(event, data)] = events_of(till.database, f"order:{order_id}")
    assert (event, data["status"], data["payment_status"]) == ("OrderCreated", "confirmed", "paid")
    assert till.provider.calls == []


def test_placing_a_free_order_takes_two_round_trips(till: Till, sample: int, database_url: str) -> None:
    with Proxy(database_url) as proxy:
        connection = open_database(proxy.url)
        place(connection, till.customer, [(sample, 1)], rules=SHIPPED_FREE)
        before = proxy.round_trips

        place(connection, till.customer, [(sample, 1)], rules=SHIPPED_FREE)

        assert proxy.round_trips - before == 2
        connection.close()


def test_a_free_order_cannot_be_paid_again(till: Till, sample: int) -> None:
    order_id = _place(till, sample)

    with pytest.raises(WrongOrderState, match="confirmed and paid"):
        confirm(till.database, till.admin, order_id)
    started = till.start(order_id)

    assert (started.provider, started.status, started.client_secret) == ("free", "captured", None)
    assert till.provider.calls == []


def test_a_free_order_is_shipped_and_delivered(till: Till, sample: int) -> None:
    order_id = _place(till, sample, "cash_on_delivery")

    ship(till.database, till.admin, order_id)
    deliver(till.database, till.admin, order_id)

    assert till.order(order_id).state == ("delivered", "paid")
    assert len(till.payments(order_id)) == 1


def test_cancelling_a_free_order_restocks_it_and_owes_nothing(till: Till, sample: int) -> None:
    order_id = _place(till, sample)

    cancel(till.database, till.customer, order_id)

    assert till.order(order_id).state == ("cancelled", "unpaid")
    assert stock_of(till.database, sample) == 10
    assert till.refunds(order_id) == []
    all_orders = Slice(Subject.ORDERS)
    assert till.database.rows(all_orders.narrow(OWED.sql), all_orders.parameters) == []


def test_units_of_a_free_order_are_returned_in_parts(till: Till, sample: int) -> None:
    order_id = _place(till, sample)
    ship(till.database, till.admin, order_id)
    deliver(till.database, till.admin, order_id)

    for amount, stock in (("0", 8), (None, 9)):
        refund = _refund(till, order_id, amount, (sample, 1))
        assert (refund.state, refund.amount_minor, stock_of(till.database, sample)) == ("succeeded", 0, stock)

    order = till.order(order_id)
    assert (order.state, order.refunded_minor, order.lines[0].returned) == (("delivered", "paid"), 0, 2)
    assert [event for event, _ in events_of(till.database, f"order:{order_id}")][-2:] == ["OrderRefunded"] * 2


def test_cancelling_a_free_order_restocks_the_unreturned_units(till: Till, sample: int) -> None:
    order_id = _place(till, sample)
    _refund(till, order_id, None, (sample, 1))

    cancel(till.database, till.customer, order_id)

    assert (till.order(order_id).state, stock_of(till.database, sample)) == (("cancelled", "unpaid"), 10)


def test_a_pending_refund_restocks_nothing_after_a_free_order_ended(till: Till, sample: int) -> None:
    order_id = _place(till, sample)
    with till.uow as uow:
        payment = till.payment(order_id)
        uow.refunds.request(payment, 0, "requested", restock=[RestockLine(sample, 1)])
        uow.commit()
    cancel(till.database, till.customer, order_id)

    assert till.resolve() == ["refunded"]

    assert (till.order(order_id).state, stock_of(till.database, sample)) == (("cancelled", "unpaid"), 10)


@pytest.mark.parametrize("amount", [None, "0"])
def test_a_refund_without_units_of_a_free_order_is_refused(till: Till, sample: int, amount: str | None) -> None:
    order_id = _place(till, sample)

    with pytest.raises(RefundTooLarge, match="The refund is larger than"):
        _refund(till, order_id, amount)


def test_a_refund_of_money_of_a_free_order_is_refused(till: Till, sample: int) -> None:
    order_id = _place(till, sample)

    with pytest.raises(RefundTooLarge):
        _refund(till, order_id, "0.01", (sample, 1))

    assert stock_of(till.database, sample) == 7


def test_a_refund_of_zero_is_refused_for_a_paid_order(till: Till) -> None:
    product = put_on_sale(till.database, stock=10)
    order_id = till.place_and_pay((product, 3))

    with pytest.raises(InvalidInput, match="amount: must be more than 0"):
        _refund(till, order_id, "0", (product, 1))


def test_after_the_last_allowed_refund_only_all_units_can_be_returned(
    till: Till, sample: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refunding, "MAX_REFUNDS", 1)  # instead of 100, to save time
    order_id = _place(till, sample)
    _refund(till, order_id, None, (sample, 1))

    with pytest.raises(RefundTooLarge) as refusal:
        _refund(till, order_id, None, (sample, 1))

    assert refusal.value.problems[0].reason == "must be all remaining units after 1 refunds"
    assert _refund(till, order_id, None, (sample, 2)).state == "succeeded"
    assert stock_of(till.database, sample) == 10
