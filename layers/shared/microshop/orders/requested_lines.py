"""The lines that a request asks for, and their prices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, InvalidInput, NotOnSale, OutOfStock
from microshop.orders.order import OrderLine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_LINES = 50
MAX_QUANTITY = 999


@dataclass(frozen=True)
class RequestedLine:
    """Units of a product that a request asks for, and the names of the fields that say so."""

    product_id: int
    quantity: int
    product_field: str
    quantity_field: str


@dataclass(frozen=True)
class PricedProduct:
    """The current price and stock of a product on sale."""

    id: int
    sku: str
    name: str
    price_minor: int
    currency: str
    stock: int


def merge_lines(items: Sequence[tuple[int, int]], product_field: str, quantity_field: str) -> list[RequestedLine]:
    """Merge items, given as (product id, quantity), into one line per product.

    A line has the field names of the first item of its product; `{}` in them is the index of the item.

    Raises:
        InvalidInput: more than 999 units of one product are requested.
    """
    lines: dict[int, RequestedLine] = {}
    for index, (product_id, quantity) in enumerate(items):
        line = lines.get(product_id) or RequestedLine(
            product_id, 0, product_field.format(index), quantity_field.format(index)
        )
        lines[product_id] = replace(line, quantity=line.quantity + quantity)
    require_allowed_units(list(lines.values()), MAX_QUANTITY)
    return list(lines.values())


def require_allowed_units(lines: Sequence[RequestedLine], max_units: int) -> None:
    """Refuse lines of more units than the shop sells at once.

    Raises:
        InvalidInput: names the quantity of each such line.
    """
    if over := [line.quantity_field for line in lines if line.quantity > max_units]:
        reason = f"there can be at most {max_units} units of one product in an order"
        raise InvalidInput(*(FieldProblem(field, reason) for field in over))


def price_lines(lines: Sequence[RequestedLine], on_sale: Mapping[int, PricedProduct]) -> list[OrderLine]:
    """Return the lines of an order at the current prices.

    Raises:
        NotOnSale: some products are not on sale.
        OutOfStock: fewer units of some are on hand than requested.
    """
    if missing := [line.product_field for line in lines if line.product_id not in on_sale]:
        raise NotOnSale(*(FieldProblem(field, "is not a product on sale") for field in missing))
    short = [
        FieldProblem(line.quantity_field, f"only {on_sale[line.product_id].stock} left")
        for line in lines
        if line.quantity > on_sale[line.product_id].stock
    ]
    if short:
        raise OutOfStock(*short)
    return [_priced(on_sale[line.product_id], line.quantity) for line in lines]


def _priced(product: PricedProduct, quantity: int) -> OrderLine:
    return OrderLine(product.id, product.sku, product.name, product.price_minor, quantity)
