"""The units of an order that a return restocks or writes off."""

from __future__ import annotations

from copy import replace

from microshop.orders.returned_units import returned_units
from tests.support.order_builders import a_line, an_order


def test_units_restocked_by_a_refund_are_not_returned_again() -> None:
    order = an_order(replace(a_line(quantity=5), returned=2), state=("shipped", "paid"))

    [units] = returned_units(order, [])

    assert (units.quantity, units.restocked, units.written_off) == (3, 0, 3)
