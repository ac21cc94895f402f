"""What the catalogue announces. Amounts are in the minor unit of their currency, stock in units on hand."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from microshop.messaging.event import Event

type AdminMovement = Literal["received", "adjusted"]


@dataclass(frozen=True, kw_only=True)
class ProductEvent(Event):
    """Something happened to a product."""

    product_id: int

    @property
    def aggregate(self) -> str:
        """The product."""
        return f"product:{self.product_id}"


@dataclass(frozen=True, kw_only=True)
class ProductCreated(ProductEvent):
    """A product is on sale."""

    type: ClassVar[str] = "ProductCreated"
    version: ClassVar[int] = 1

    product_version: int
    sku: str
    name: str
    category: str
    price_minor: int
    currency: str
    stock: int


@dataclass(frozen=True, kw_only=True)
class ProductUpdated(ProductEvent):
    """What a product is, or costs, has changed; its stock has not."""

    type: ClassVar[str] = "ProductUpdated"
    version: ClassVar[int] = 1

    product_version: int
    sku: str
    name: str
    category: str
    price_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class ProductArchived(ProductEvent):
    """A product is not on sale any more."""

    type: ClassVar[str] = "ProductArchived"
    version: ClassVar[int] = 1

    product_version: int


@dataclass(frozen=True, kw_only=True)
class StockChanged(ProductEvent):
    """An admin has changed the stock. What orders take and give back is told by their own events."""

    type: ClassVar[str] = "StockChanged"
    version: ClassVar[int] = 1

    kind: AdminMovement
    quantity: int
    stock: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class StockLow(ProductEvent):
    """The stock has fallen from its threshold or above to below it: once per crossing."""

    type: ClassVar[str] = "StockLow"
    version: ClassVar[int] = 1

    sku: str
    name: str
    stock: int
    threshold: int
