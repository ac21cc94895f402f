"""Events of orders."""

import copy
import json

import pytest

from microshop.orders.events import (
    OrderCreated,
    OrderDelivered,
    order_fields,
)
from microshop.orders.order import Order
from tests.support.order_builders import a_line, an_order

_SEEDS_FIELDS = ("order_id", "user_id", "product_id", "quantity", "status", "created_at")


def _seeds_fields(order: Order) -> dict[str, object]:
    data = OrderCreated.of(order).data
    return {name: data[name] for name in _SEEDS_FIELDS}


def test_order_event_of_one_product_names_it_and_its_units() -> None:
    assert _seeds_fields(an_order(a_line(product_id=5, quantity=3), order_id=4097, user_id=17)) == {
        "order_id": 4097,
        "user_id": 17,
        "product_id": 5,
        "quantity": 3,
        "status": "pending",
        "created_at": "2026-01-02T12:00:00+00:00",
    }


def test_order_event_of_several_products_names_them_only_in_its_lines() -> None:
    order = an_order(a_line(product_id=5, quantity=3), a_line(product_id=6, name="Mug", unit_price_minor=590))

    data = OrderCreated.of(order).data

    assert (data["product_id"], data["quantity"]) == (None, None)
    assert data["lines"] == [
        {"product_id": 5, "name": "Kettle", "unit_price_minor": 1999, "quantity": 3},
        {"product_id": 6, "name": "Mug", "unit_price_minor": 590, "quantity": 1},
    ]


def test_event_belongs_to_its_order_and_has_its_version() -> None:
    event = OrderDelivered(**order_fields(an_order(order_id=4097, state=("delivered", "paid"), version=4)))

    assert (event.aggregate, event.data["order_version"]) == ("order:4097", 4)


@pytest.mark.parametrize("address", ["1 Main Street", {"recipient": "Ada", "street": "1 Main Street"}])
def test_order_event_holds_no_address(address: str | dict[str, str]) -> None:
    order = copy.replace(an_order(), address=address)

    assert "Main Street" not in json.dumps(OrderCreated.of(order).data)


def test_events_of_one_order_have_different_ids() -> None:
    order = an_order()

    assert OrderCreated.of(order).id != OrderCreated.of(order).id
