"""The units of a parcel that came back: those that go back on sale, and those that are written off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, RestockTooLarge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.orders.order import Order
    from microshop.orders.requested_lines import RequestedLine


@dataclass(frozen=True)
class ReturnedUnits:
    """The units of one product that came back with a parcel; those that are not restocked are written off."""

    product_id: int
    quantity: int
    restocked: int

    @property
    def written_off(self) -> int:
        """The units that are not sold again."""
        return self.quantity - self.restocked


def returned_units(order: Order, restock: Sequence[RequestedLine]) -> list[ReturnedUnits]:
    """Returns the units that come back with the order's parcel, of which `restock` go back on sale.

    Raises:
        RestockTooLarge: of some products fewer units come back.
    """
    wanted = {line.product_id: line.quantity for line in restock}
    coming = {line.product_id: line.unreturned for line in order.lines}
    over = [line for line in restock if line.quantity > coming.get(line.product_id, 0)]
    if over:
        raise RestockTooLarge(
            *(FieldProblem(line.quantity_field, f"only {coming.get(line.product_id, 0)} came back") for line in over)
        )
    return [ReturnedUnits(id_, quantity, wanted.get(id_, 0)) for id_, quantity in coming.items() if quantity]
