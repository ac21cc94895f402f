"""A model of the shop in memory, without a database, races or failures."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.support.model_order import ModelOrder, OrderChange


@dataclass
class ModelProduct:
    """A product. `moved` has the units of each kind of stock movement; their sum is the stock."""

    price_minor: int
    threshold: int
    version: int = 1
    archived: bool = False
    moved: Counter[str] = field(default_factory=Counter)

    @property
    def stock(self) -> int:
        """The units on hand."""
        return sum(self.moved.values())


class ModelShop:
    """Products and orders by id. `events` counts the expected events by (type, aggregate)."""

    def __init__(self) -> None:
        self.products: dict[int, ModelProduct] = {}
        self.orders: dict[int, ModelOrder] = {}
        self.events: Counter[tuple[str, str]] = Counter()

    def create(self, product_id: int, price_minor: int, threshold: int, stock: int) -> None:
        """Put a product on sale."""
        self.products[product_id] = ModelProduct(price_minor, threshold)
        self.products[product_id].moved["received"] = stock
        self._expect("ProductCreated", product_id)

    def update(self, product_id: int, price_minor: int, threshold: int | None) -> None:
        """Change price and threshold."""
        product = self.products[product_id]
        was_low = product.stock < product.threshold
        product.price_minor = price_minor
        product.threshold = product.threshold if threshold is None else threshold
        product.version += 1
        self._expect("ProductUpdated", product_id)
        if product.stock < product.threshold and not was_low:
            self._expect("StockLow", product_id)

    def archive(self, product_id: int) -> None:
        """Take a product off sale."""
        self.products[product_id].archived = True
        self.products[product_id].version += 1
        self._expect("ProductArchived", product_id)

    def adjust(self, product_id: int, quantity: int, kind: str) -> None:
        """Adjust the stock, as an admin."""
        self._expect("StockChanged", product_id)
        self._move(product_id, quantity, kind)

    def place(self, order_id: int, user_id: int, units: Mapping[int, int], *, by_card: bool, free: bool) -> None:
        """Place an order, which takes its stock."""
        status, money = "pending" if by_card and not free else "confirmed", "paid" if free else "unpaid"
        self.orders[order_id] = ModelOrder(user_id, units, by_card, status, money, free=free)
        self.events["OrderCreated", f"order:{order_id}"] += 1
        for product_id, quantity in units.items():
            self._move(product_id, -quantity, "sold")

    def apply(self, change: OrderChange) -> None:
        """Apply a change of an order, which may return units."""
        returned = self.orders[change.order_id].apply(change)
        for product_id, quantity in change.written_off.items():
            self.products[product_id].moved["written_off"] -= quantity
        for product_id, quantity in returned.items():
            self._move(product_id, quantity, "returned")
        self.events[change.event, f"order:{change.order_id}"] += 1

    def _move(self, product_id: int, quantity: int, kind: str) -> None:
        product = self.products[product_id]
        before = product.stock
        product.moved[kind] += quantity
        assert product.stock >= 0
        if product.stock < product.threshold <= before:
            self._expect("StockLow", product_id)

    def _expect(self, event_type: str, product_id: int) -> None:
        self.events[event_type, f"product:{product_id}"] += 1
