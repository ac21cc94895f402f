"""The units of a returned parcel, which go back on sale or are written off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, RestockTooLarge
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.orders.order import Order
    from microshop.orders.requested_lines import RequestedLine


class ReturnedUnits(Value):
    """The units of one product in a returned parcel. Units that are not restocked are written off."""

    product_id: int
    quantity: int
    restocked: int

    @property
    def written_off(self) -> int:
        """The units that do not go back on sale."""
        return self.quantity - self.restocked


def returned_units(order: Order, restock: Sequence[RequestedLine]) -> list[ReturnedUnits]:
    """Returns the units in the order's parcel, of which `restock` go back on sale.

    Raises:
        RestockTooLarge: the parcel has fewer units of some products.
    """
    restocked = {line.product_id: line.quantity for line in restock}
    returned = {line.product_id: line.unreturned for line in order.lines}
    problems = [
        FieldProblem(line.quantity_field, f"only {returned.get(line.product_id, 0)} came back")
        for line in restock
        if line.quantity > returned.get(line.product_id, 0)
    ]
    if problems:
        raise RestockTooLarge(*problems)
    return [ReturnedUnits(id_, quantity, restocked.get(id_, 0)) for id_, quantity in returned.items() if quantity]
