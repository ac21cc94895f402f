"""Cancelling, confirming, shipping and delivering orders in every state."""

from collections.abc import Callable

import pytest

from microshop.caller import Caller
from microshop.errors import NotFound, WrongOrderState
from microshop.orders import reading
from microshop.orders.order import Order, PaymentMethod
from microshop.orders.queries import OrderQueries
from microshop.orders.states import State
from microshop.platform.mysql import Database
from tests.support.catalogue import put_on_sale
from tests.support.orders import a_customer, placed_order_id, stored_order
from tests.support.records import all_order_rows, events_of, movements_of, stock_of
from tests.support.use_cases import archive, cancel, confirm, deliver, return_parcel, ship

type Action = Callable[[Database, Caller, int], Order]

_ACTIONS: dict[str, Action] = {
    "confirmed": confirm,
    "shipped": ship,
    "delivered": deliver,
    "returned": return_parcel,
    "cancelled": cancel,
}
# State → the payment method, the actions that lead to the state, and the actions that it allows.
_STATES: dict[State, tuple[PaymentMethod, list[str], set[str]]] = {
    ("pending", "unpaid"): ("card", [], {"confirmed", "cancelled"}),
    ("confirmed", "paid"): ("card", ["confirmed"], {"shipped", "cancelled"}),
    ("shipped", "paid"): ("card", ["confirmed", "shipped"], {"delivered", "returned"}),
    ("delivered", "paid"): ("card", ["confirmed", "shipped", "delivered"], set()),
    ("cancelled", "unpaid"): ("card", ["cancelled"], set()),
    ("cancelled", "paid"): ("card", ["confirmed", "cancelled"], set()),
    ("confirmed", "unpaid"): ("cash_on_delivery", [], {"shipped", "cancelled"}),
    ("shipped", "unpaid"): ("cash_on_delivery", ["shipped"], {"delivered", "returned"}),
    ("returned", "unpaid"): ("cash_on_delivery", ["shipped", "returned"], set()),
    ("returned", "paid"): ("card", ["confirmed", "shipped", "returned"], set()),
}


@pytest.mark.parametrize("state", _STATES)
@pytest.mark.parametrize("action", _ACTIONS)
def test_an_order_accepts_only_the_actions_of_its_state(
    database: Database, admin: Caller, customer: Caller, *, state: State, action: str
) -> None:
    payment_method, steps, allowed = _STATES[state]
    order_id = placed_order_id(database, customer, payment_method=payment_method)
    for step in steps:
        _ACTIONS[step](database, admin, order_id)
    assert stored_order(database, order_id).state == state
    before = all_order_rows(database)

    if action in allowed:
        assert _ACTIONS[action](database, admin, order_id) == stored_order(database, order_id)
    else:
        with pytest.raises(WrongOrderState):
            _ACTIONS[action](database, admin, order_id)
        assert all_order_rows(database) == before


def test_a_cancelled_order_is_restocked_and_records_the_reason(database: Database, customer: Caller) -> None:
    kettle, mug = put_on_sale(database, stock=5), put_on_sale(database, stock=9)
    order_id = placed_order_id(database, customer, (mug, 4), (kettle, 2))

    order = cancel(database, customer, order_id, "changed my mind 😀")

    assert (stock_of(database, kettle), stock_of(database, mug)) == (5, 9)
    assert movements_of(database, mug) == [("received", 9), ("sold", -4), ("returned", 4)]
    assert (order.state, order.version, order.expires_at) == (("cancelled", "unpaid"), 2, None)
    [placed, cancelled] = OrderQueries(database).history(order_id)
    assert (placed.action, cancelled.action, cancelled.version) == ("placed", "cancelled", 2)
    assert (cancelled.actor, cancelled.actor_id, cancelled.note) == ("customer", customer.user_id, "changed my mind 😀")
    kind, data = events_of(database, f"order:{order_id}")[-1]
    assert (kind, data["previous_status"], data["order_version"]) == ("OrderCancelled", "pending", 2)


def test_cancelling_restocks_a_product_that_is_off_sale(database: Database, customer: Caller) -> None:
    product_id = put_on_sale(database, stock=5)
    order_id = placed_order_id(database, customer, (product_id, 2))
    archive(database, product_id)

    cancel(database, customer, order_id)

    assert stock_of(database, product_id) == 5


def test_a_cancelled_order_paid_outside_a_provider_stays_paid(
    database: Database, admin: Caller, customer: Caller
) -> None:
    order_id = placed_order_id(database, customer)
    confirm(database, admin, order_id)

    assert cancel(database, customer, order_id).state == ("cancelled", "paid")


def test_each_step_of_an_order_has_a_history_entry_and_an_event(
    database: Database, admin: Caller, customer: Caller
) -> None:
    order_id = placed_order_id(database, customer)

    confirm(database, admin, order_id, "bank 17")
    ship(database, admin, order_id, "DHL", "00340434")
    deliver(database, admin, order_id)

    order, history = stored_order(database, order_id), OrderQueries(database).history(order_id)
    assert (order.payment_reference, order.carrier, order.tracking_number) == ("bank 17", "DHL", "00340434")
    assert (order.state, order.version, order.expires_at) == (("delivered", "paid"), 4, None)
    assert [(entry.action, entry.note, entry.actor) for entry in history] == [
        ("placed", None, "customer"),
        ("confirmed", "bank 17", "admin"),
        ("shipped", "DHL 00340434", "admin"),
        ("delivered", None, "admin"),
    ]
    events = events_of(database, f"order:{order_id}")
    assert [(kind, data["order_version"]) for kind, data in events] == [
        ("OrderCreated", 1),
        ("OrderConfirmed", 2),
        ("OrderShipped", 3),
        ("OrderDelivered", 4),
    ]
    assert (events[2][1]["carrier"], events[2][1]["tracking_number"]) == ("DHL", "00340434")


def test_the_longest_carrier_and_tracking_number_fit_the_history(
    database: Database, admin: Caller, customer: Caller
) -> None:
    order_id = placed_order_id(database, customer, payment_method="cash_on_delivery")

    ship(database, admin, order_id, "字" * 64, "😀" * 64)

    assert OrderQueries(database).history(order_id)[-1].note == f"{'字' * 64} {'😀' * 64}"


@pytest.mark.parametrize("action", _ACTIONS.values(), ids=_ACTIONS)
def test_an_order_of_another_customer_is_not_found(database: Database, customer: Caller, action: Action) -> None:
    order_id, stranger = placed_order_id(database, a_customer(database)), customer
    before = all_order_rows(database)

    with pytest.raises(NotFound):
        action(database, stranger, order_id)
    with pytest.raises(NotFound):
        reading.get_order(stranger, order_id, OrderQueries(database))
    with pytest.raises(NotFound):
        reading.get_history(stranger, order_id, OrderQueries(database))

    assert all_order_rows(database) == before


@pytest.mark.parametrize("action", _ACTIONS.values(), ids=_ACTIONS)
def test_an_order_that_does_not_exist_is_not_found(database: Database, admin: Caller, action: Action) -> None:
    with pytest.raises(NotFound):
        action(database, admin, 2**62)


def test_a_cancellation_by_an_admin_names_the_admin_in_the_history(
    database: Database, admin: Caller, customer: Caller
) -> None:
    order_id = placed_order_id(database, customer)

    cancel(database, admin, order_id)

    entry = reading.get_history(admin, order_id, OrderQueries(database))[-1]
    assert (entry.actor, entry.actor_id) == ("admin", admin.user_id)
