"""A model of the shop in memory, without a database, races or failures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.model_order import ModelOrder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.support.model_order import OrderChange


@dataclass
class ModelListing:
    """A listing with its variants. Those of a draft or an archived listing are off sale."""

    state: str = "active"
    products: list[ModelProduct] = field(default_factory=list)


@dataclass
class ModelProduct:
    """A variant of a listing. `moved` has the units of each kind of stock movement; their sum is the stock.

    A withdrawn variant was archived by itself; a released one has given up its SKU.
    """

    id: int
    price_minor: int
    threshold: int
    listing: ModelListing
    version: int = 1
    withdrawn: bool = False
    released: bool = False
    moved: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.listing.products.append(self)

    @property
    def archived(self) -> bool:
        """Whether it is off sale."""
        return self.withdrawn or self.listing.state != "active"

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
        """Put a product on sale, in a listing of its own."""
        self._add(product_id, price_minor, threshold, stock, ModelListing())

    def create_listing(self, product_ids: Iterable[int], price_minor: int, stock: int, state: str) -> None:
        """Create a listing with variants."""
        listing = ModelListing(state)
        for product_id in product_ids:
            self._add(product_id, price_minor, 0, stock, listing)

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
        """Take a product off sale. The last one on sale takes its listing along."""
        product = self.products[product_id]
        if any(not each.archived for each in product.listing.products if each is not product):
            product.withdrawn = True
        else:
            product.listing.state = "archived"
        self._change(product, "ProductArchived")

    def withdraw(self, product_id: int, *, releases: bool) -> list[int]:
        """Archive a variant by itself. Returns the products that are no longer on sale."""
        product = self.products[product_id]
        if product.withdrawn and (product.released or not releases):
            return []
        was_on_sale, product.withdrawn, product.released = not product.archived, True, product.released or releases
        if was_on_sale and all(each.archived for each in product.listing.products):
            product.listing.state = "archived"
        self._change(product, "ProductArchived" if was_on_sale else None)
        return [product_id] if was_on_sale else []

    def restore(self, product_id: int) -> list[int]:
        """Restore a variant that was archived by itself. Returns the products that are on sale again."""
        product = self.products[product_id]
        if not product.withdrawn:
            return []
        product.withdrawn = product.released = False
        self._change(product, None if product.archived else "ProductCreated")
        return [] if product.archived else [product_id]

    def set_state(self, product_id: int, state: str) -> list[int]:
        """Change the state of a product's listing. Returns the products that are on sale now, or no longer."""
        listing = self.products[product_id].listing
        is_shown_or_hidden = listing.state != state and "active" in (listing.state, state)
        changed = [each for each in listing.products if not each.withdrawn] if is_shown_or_hidden else []
        listing.state = state
        for product in changed:
            self._change(product, "ProductCreated" if state == "active" else "ProductArchived")
        return [product.id for product in changed]

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

    def _add(self, product_id: int, price_minor: int, threshold: int, stock: int, listing: ModelListing) -> None:
        self.products[product_id] = ModelProduct(product_id, price_minor, threshold, listing)
        self.products[product_id].moved["received"] = stock
        if listing.state == "active":
            self._expect("ProductCreated", product_id)

    def _change(self, product: ModelProduct, event_type: str | None) -> None:
        product.version += 1
        if event_type is not None:
            self._expect(event_type, product.id)

    def _move(self, product_id: int, quantity: int, kind: str) -> None:
        product = self.products[product_id]
        before = product.stock
        product.moved[kind] += quantity
        assert product.stock >= 0
        if product.stock < product.threshold <= before:
            self._expect("StockLow", product_id)

    def _expect(self, event_type: str, product_id: int) -> None:
        self.events[event_type, f"product:{product_id}"] += 1
