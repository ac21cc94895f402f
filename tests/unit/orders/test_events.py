"""What orders announce."""

import dataclasses
import json

import pytest

from microshop.orders.events import (
    OrderCancelled,
    OrderCreated,
    OrderDelivered,
    OrderShipped,
    RestockedLine,
    order_fields,
)
from microshop.orders.order import Order
from microshop.payments.events import OrderPaid, OrderPaymentChanged, OrderRefunded
from tests.support.order_builders import a_line, an_order

_SEEDS_FIELDS = ("order_id", "user_id", "product_id", "quantity", "status", "created_at")


def _seeds_fields(order: Order) -> dict[str, object]:
    data = OrderCreated.of(order).data
    return {name: data[name] for name in _SEEDS_FIELDS}


def test_an_order_of_one_product_names_it_and_its_units() -> None:
    assert _seeds_fields(an_order(a_line(product_id=5, quantity=3), order_id=4097, user_id=17)) == {
        "order_id": 4097,
        "user_id": 17,
        "product_id": 5,
        "quantity": 3,
        "status": "pending",
        "created_at": "2026-01-02T12:00:00+00:00",
    }


def test_an_order_of_several_products_names_none_of_them_but_in_its_lines() -> None:
    order = an_order(a_line(product_id=5, quantity=3), a_line(product_id=6, name="Mug", unit_price_minor=590))

    data = OrderCreated.of(order).data

    assert (data["product_id"], data["quantity"]) == (None, None)
    assert data["lines"] == [
        {"product_id": 5, "name": "Kettle", "unit_price_minor": 1999, "quantity": 3},
        {"product_id": 6, "name": "Mug", "unit_price_minor": 590, "quantity": 1},
    ]


def test_an_event_belongs_to_its_order_and_has_its_version() -> None:
    event = OrderDelivered(**order_fields(an_order(order_id=4097, state=("delivered", "paid"), version=4)))

    assert (event.aggregate, event.data["order_version"]) == ("order:4097", 4)


def test_what_is_on_its_way_can_be_followed() -> None:
    data = OrderShipped(
        **order_fields(an_order(state=("shipped", "paid"))), carrier="DHL", tracking_number="00340434"
    ).data

    assert (data["carrier"], data["tracking_number"]) == ("DHL", "00340434")


def test_a_cancelled_order_tells_where_it_was() -> None:
    data = OrderCancelled(
        **order_fields(an_order(state=("cancelled", "paid"))),
        previous_status="confirmed",
        restocked=[],
        dispute_status=None,
    ).data

    assert (data["previous_status"], data["status"], data["payment_status"]) == ("confirmed", "cancelled", "paid")


def test_a_paid_order_tells_who_has_its_money() -> None:
    data = OrderPaid(**order_fields(an_order(state=("confirmed", "paid"))), provider="stripe").data

    assert (data["provider"], data["status"], data["payment_status"]) == ("stripe", "confirmed", "paid")


def test_an_order_whose_money_moved_tells_where_that_was_and_is() -> None:
    order = an_order(state=("pending", "processing"))

    data = OrderPaymentChanged(
        **order_fields(order), previous_payment_status="unpaid", reason="payment_processing"
    ).data

    assert (data["previous_payment_status"], data["payment_status"]) == ("unpaid", "processing")


def test_a_refunded_order_tells_what_went_back_now_and_in_all_and_which_units_came_back() -> None:
    order = an_order(a_line(product_id=5, quantity=3), state=("delivered", "partially_refunded"))
    back = [RestockedLine(product_id=5, quantity=1)]

    data = OrderRefunded(
        **order_fields(order),
        refund_id=71,
        amount_minor=1999,
        refunded_minor=2499,
        left_minor=0,
        refund_currency="USD",
        restocked=back,
    ).data

    assert (data["refund_id"], data["amount_minor"], data["refunded_minor"]) == (71, 1999, 2499)
    assert (data["restocked"], data["lines"][0]["quantity"]) == ([{"product_id": 5, "quantity": 1}], 3)


@pytest.mark.parametrize("address", ["1 Main Street", {"recipient": "Ada", "street": "1 Main Street"}])
def test_no_event_tells_where_a_customer_lives(address: str | dict[str, str]) -> None:
    order = dataclasses.replace(an_order(), address=address)

    assert "Main Street" not in json.dumps(OrderCreated.of(order).data)


def test_two_events_of_one_order_have_ids_of_their_own() -> None:
    order = an_order()

    assert OrderCreated.of(order).id != OrderCreated.of(order).id
