"""What the shop should be: a small model in memory, without a database, races or failures."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.support.model_order import ModelOrder, Told


@dataclass
class ModelProduct:
    """A product; `moved` has the units of each kind of movement, and their sum is what is on hand."""

    price_minor: int
    threshold: int
    version: int = 1
    archived: bool = False
    moved: Counter[str] = field(default_factory=Counter)

    @property
    def stock(self) -> int:
        """Received and adjusted, less what was sold, and what came back."""
        return sum(self.moved.values())


class ModelShop:
    """Products and orders by id; `events` counts what must have been told, as (type, aggregate)."""

    def __init__(self) -> None:
        self.products: dict[int, ModelProduct] = {}
        self.orders: dict[int, ModelOrder] = {}
        self.events: Counter[tuple[str, str]] = Counter()

    def create(self, product_id: int, price_minor: int, threshold: int, stock: int) -> None:
        """A product is on sale."""
        self.products[product_id] = ModelProduct(price_minor, threshold)
        self.products[product_id].moved["received"] = stock
        self._tell("ProductCreated", product_id)

    def update(self, product_id: int, price_minor: int, threshold: int | None) -> None:
        """Price and threshold have changed."""
        product = self.products[product_id]
        was_low = product.stock < product.threshold
        product.price_minor = price_minor
        product.threshold = product.threshold if threshold is None else threshold
        product.version += 1
        self._tell("ProductUpdated", product_id)
        if product.stock < product.threshold and not was_low:
            self._tell("StockLow", product_id)

    def archive(self, product_id: int) -> None:
        """A product is off sale."""
        self.products[product_id].archived = True
        self.products[product_id].version += 1
        self._tell("ProductArchived", product_id)

    def adjust(self, product_id: int, quantity: int, kind: str) -> None:
        """The stock was changed by hand."""
        self._tell("StockChanged", product_id)
        self._move(product_id, quantity, kind)

    def place(self, order_id: int, user_id: int, units: Mapping[int, int], *, by_card: bool, free: bool) -> None:
        """An order has taken its stock."""
        status, money = "pending" if by_card and not free else "confirmed", "paid" if free else "unpaid"
        self.orders[order_id] = ModelOrder(user_id, units, by_card, status, money, free=free)
        self.events["OrderCreated", f"order:{order_id}"] += 1
        for product_id, quantity in units.items():
            self._move(product_id, -quantity, "sold")

    def change(self, told: Told) -> None:
        """An order has gone a step, and units may have come back with it."""
        back = self.orders[told.order_id].go(told)
        for product_id, quantity in told.written_off.items():
            self.products[product_id].moved["written_off"] -= quantity
        for product_id, quantity in back.items():
            self._move(product_id, quantity, "returned")
        self.events[told.event, f"order:{told.order_id}"] += 1

    def _move(self, product_id: int, quantity: int, kind: str) -> None:
        product = self.products[product_id]
        before = product.stock
        product.moved[kind] += quantity
        assert product.stock >= 0
        if product.stock < product.threshold <= before:
            self._tell("StockLow", product_id)

    def _tell(self, event_type: str, product_id: int) -> None:
        self.events[event_type, f"product:{product_id}"] += 1
