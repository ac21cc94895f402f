"""The requested lines of an order, and their prices."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, InvalidInput, NotOnSale, OutOfStock
from microshop.orders.order import OrderLine
from microshop.products.events import StockLow
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_LINES = 50
MAX_QUANTITY = 999
# Some milliseconds pass between reading and taking the stock. With a larger number, more orders carry events that
# nobody needs, which takes time while the product is locked. With a smaller one, more orders are retried.
_UNITS_OF_CONCURRENT_ORDERS = 100


class RequestedLine(Value):
    """Requested units of a product, with the names of the request's fields for error messages."""

    product_id: int
    quantity: int
    product_field: str
    quantity_field: str


class PricedProduct(Value):
    """The current price and stock of a product on sale."""

    id: int
    sku: str
    name: str
    price_minor: int
    currency: str
    stock: int
    low_stock_threshold: int

    def may_become_low(self, quantity: int) -> bool:
        """Whether an order of `quantity` units may take the stock below the threshold, also after concurrent orders.

        The answer need not be right: the database refuses an order that crosses the threshold without an event, and
        the next attempt reads the stock again.
        """
        spare = self.stock - self.low_stock_threshold
        return self.low_stock_threshold > 0 and 0 <= spare < quantity + _UNITS_OF_CONCURRENT_ORDERS


def merge_lines(items: Sequence[tuple[int, int]], product_field: str, quantity_field: str) -> list[RequestedLine]:
    """Merge items, given as (product id, quantity). Returns one line per product.

    A line has the field names of the first item of its product. The item's index replaces `{}` in them.

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
    """Check the number of units of each line.

    Raises:
        InvalidInput: lines have more than `max_units`; it names the quantity field of each.
    """
    if too_large := [line.quantity_field for line in lines if line.quantity > max_units]:
        reason = f"an order can have at most {max_units} units of one product"
        raise InvalidInput(*(FieldProblem(field, reason) for field in too_large))


def price_lines(lines: Sequence[RequestedLine], on_sale: Mapping[int, PricedProduct]) -> list[OrderLine]:
    """Returns the lines of an order at the current prices.

    Raises:
        NotOnSale: some products are not on sale.
        OutOfStock: some products have fewer units in stock than requested.
    """
    if missing := [line.product_field for line in lines if line.product_id not in on_sale]:
        raise NotOnSale(*(FieldProblem(field, "is not on sale") for field in missing))
    shortages = [
        FieldProblem(line.quantity_field, f"only {on_sale[line.product_id].stock} left")
        for line in lines
        if line.quantity > on_sale[line.product_id].stock
    ]
    if shortages:
        raise OutOfStock(*shortages)
    return [_order_line(on_sale[line.product_id], line.quantity) for line in lines]


def low_stock_events(lines: Sequence[OrderLine], on_sale: Mapping[int, PricedProduct]) -> list[StockLow]:
    """Returns an event for each line if any of them may take the stock below its threshold, otherwise none.

    The database adds the event of a line that does so, with stock and threshold of that moment.
    """
    if not any(on_sale[line.product_id].may_become_low(line.quantity) for line in lines):
        return []
    return [StockLow(product_id=line.product_id, sku=line.sku, name=line.name, stock=0, threshold=0) for line in lines]


def _order_line(product: PricedProduct, quantity: int) -> OrderLine:
    return OrderLine(product.id, product.sku, product.name, product.price_minor, quantity)
