"""SQL on stock and its ledger. Every change of stock appends a row to the ledger in the same transaction.

Orders take their units in migrations/0050_create_place_order_1.sql.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal

from microshop.platform.mysql import Database
from microshop.products.product import MAX_STOCK, StockChange
from microshop.values import Value

type Movement = Literal["received", "adjusted", "sold", "returned", "written_off"]

_INSERT_MOVEMENTS = """
INSERT INTO stock_movements (product_id, kind, quantity, order_id, refund_id, user_id, reason, created_at)
VALUES {rows}
"""
# The primary key is forced, so that the rows are always locked in its order. This prevents deadlocks between orders.
_ADD = """
UPDATE products FORCE INDEX (PRIMARY)
SET stock = stock + CASE id {quantities} END
WHERE id IN %(ids)s
"""
_LOCK = """
SELECT id, sku, name, stock, low_stock_threshold, archived
FROM products FORCE INDEX (PRIMARY)
WHERE id IN %(ids)s
ORDER BY id
FOR UPDATE
"""
_ADJUST = """
UPDATE products
SET stock = stock + %(quantity)s
WHERE id = %(id)s
  AND archived = FALSE
  AND stock + %(quantity)s BETWEEN 0 AND %(max)s
"""
_LEVEL = "SELECT sku, name, stock, low_stock_threshold FROM products WHERE id = %(id)s AND archived = FALSE"


class StockLevel(Value):
    """The units on hand of a product on sale, and the threshold below which its stock is low."""

    sku: str
    name: str
    stock: int
    low_stock_threshold: int


class LockedStock(Value):
    """The units on hand of a product whose row is locked."""

    id: int
    sku: str
    name: str
    stock: int
    low_stock_threshold: int
    archived: bool


class StockLedger:
    """Restocks the units of orders. Every change appends a row to the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def restock(
        self,
        order_id: int,
        user_id: int | None,
        units: Sequence[tuple[int, int]],
        reason: str,
        refund_id: int = 0,
        *,
        written_off: Mapping[int, int] = MappingProxyType({}),
    ) -> None:
        """Restock units of an order, as (product id, quantity). Call it last before the commit.

        Each product of an order is restocked at most once when the order ends, and once with each refund. The units in
        `written_off`, by product id, came back but are not sold again; the ledger has both movements.

        Raises:
            DuplicateKey: the units were restocked before.
        """
        self._append("returned", units, order_id, user_id, reason, refund_id=refund_id)
        if written_off:
            lost = [(product_id, -quantity) for product_id, quantity in written_off.items()]
            self._append("written_off", lost, order_id, user_id, reason, refund_id=refund_id)
        restocked = [(product_id, quantity - written_off.get(product_id, 0)) for product_id, quantity in units]
        self._add(restocked)

    def record_opening_stock(self, product_id: int, user_id: int | None, quantity: int) -> None:
        """Record the opening stock of a new product in the ledger. Its row already has the stock."""
        if quantity:
            self._append("received", [(product_id, quantity)], None, user_id, "on hand when the product was created")

    def _add(self, units: Sequence[tuple[int, int]]) -> None:
        quantities, values = cases("quantity", units)
        ids = [product_id for product_id, _ in units]
        self._database.execute(_ADD.format(quantities=quantities), {**values, "ids": ids})

    def _append(
        self,
        kind: Movement,
        units: Sequence[tuple[int, int]],
        order_id: int | None,
        user_id: int | None,
        reason: str,
        *,
        refund_id: int = 0,
    ) -> None:
        now = datetime.now(UTC)
        rows = {
            f"row_{number}": (product_id, kind, quantity, order_id, refund_id, user_id, reason, now)
            for number, (product_id, quantity) in enumerate(units)
        }
        self._database.execute(_INSERT_MOVEMENTS.format(rows=", ".join(f"%({name})s" for name in rows)), rows)


class StockRepository(StockLedger):
    """Also applies admins' changes."""

    def level(self, product_id: int) -> StockLevel | None:
        """Returns the stock level, or None if the product is not on sale."""
        row = self._database.row(_LEVEL, {"id": product_id})
        return StockLevel(**row) if row else None

    def adjust(self, product_id: int, quantity: int, *, kind: Movement, user_id: int, reason: str) -> bool:
        """Change the stock. Returns False if the result is not 0 to 1,000,000,000 or the product is not on sale."""
        changed = self._database.execute(_ADJUST, {"id": product_id, "quantity": quantity, "max": MAX_STOCK})
        if changed:
            self._append(kind, [(product_id, quantity)], None, user_id, reason)
        return changed == 1

    def lock(self, product_ids: Collection[int]) -> dict[int, LockedStock]:
        """Lock the rows of products until the transaction ends, in the order of their ids. Returns those that exist."""
        rows = self._database.rows(_LOCK, {"ids": tuple(product_ids)})
        return {row["id"]: LockedStock(**{**row, "archived": bool(row["archived"])}) for row in rows}

    def adjust_locked(self, changes: Sequence[StockChange], *, kind: Movement, user_id: int, reason: str) -> None:
        """Change the stock of products whose rows are locked, with a row in the ledger for each.

        Raises:
            ConstraintRefused: a stock would be negative.
        """
        self._add(changes)
        self._append(kind, changes, None, user_id, reason)


def cases(name: str, values: Sequence[tuple[int, int]]) -> tuple[str, dict[str, int]]:
    """Returns `WHEN … THEN …` for each pair of product id and value, and the values of the parameters."""
    numbers = range(len(values))
    text = " ".join(f"WHEN %({name}_id_{number})s THEN %({name}_{number})s" for number in numbers)
    parameters = {f"{name}_id_{number}": values[number][0] for number in numbers}
    return text, parameters | {f"{name}_{number}": values[number][1] for number in numbers}
