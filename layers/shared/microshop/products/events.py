"""Events of the catalogue. Amounts are in the minor unit of their currency, stock in units on hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from microshop.messaging.event import Event

if TYPE_CHECKING:
    from typing import Annotated

    from microshop.limits import MAX_REASON_LENGTH
    from microshop.products.product import MAX_CATEGORY_LENGTH, MAX_NAME_LENGTH, MAX_SKU_LENGTH
    from microshop.view_types import Currency, NotNegative, Positive

    type Sku = Annotated[str, {"minLength": 1, "maxLength": MAX_SKU_LENGTH}]
    type ProductName = Annotated[str, {"minLength": 1, "maxLength": MAX_NAME_LENGTH}]
    type CategoryName = Annotated[str, {"minLength": 1, "maxLength": MAX_CATEGORY_LENGTH}]
    type Reason = Annotated[str, {"minLength": 1, "maxLength": MAX_REASON_LENGTH}]

type AdminMovement = Literal["received", "adjusted"]


class ProductEvent(Event):
    """Something happened to a product."""

    product_id: Positive

    @property
    def aggregate(self) -> str:
        """The product."""
        return f"product:{self.product_id}"


class ProductCreated(ProductEvent):
    """A product is on sale."""

    type: ClassVar[str] = "ProductCreated"
    version: ClassVar[int] = 1

    product_version: Positive
    """Grows by one with every change of the product; stock does not change it."""
    sku: Sku
    name: ProductName
    category: CategoryName
    price_minor: NotNegative
    """In the minor unit of the currency: 1999 is 19.99 USD."""
    currency: Currency
    stock: NotNegative
    """Units on hand after the event."""


class ProductUpdated(ProductEvent):
    """The details or the price of a product have changed; its stock has not."""

    type: ClassVar[str] = "ProductUpdated"
    version: ClassVar[int] = 1

    product_version: Positive
    """Grows by one with every change of the product; stock does not change it."""
    sku: Sku
    name: ProductName
    category: CategoryName
    price_minor: NotNegative
    """In the minor unit of the currency: 1999 is 19.99 USD."""
    currency: Currency


class ProductArchived(ProductEvent):
    """A product is no longer on sale."""

    type: ClassVar[str] = "ProductArchived"
    version: ClassVar[int] = 1

    product_version: Positive
    """Grows by one with every change of the product; stock does not change it."""


class StockChanged(ProductEvent):
    """An admin has changed the stock. Changes by orders are in the events of orders."""

    type: ClassVar[str] = "StockChanged"
    version: ClassVar[int] = 1

    kind: AdminMovement
    """`received`: goods have arrived; `adjusted`: any other change, such as a recount."""
    quantity: int
    """The change in units, negative for fewer."""
    stock: NotNegative
    """Units on hand after the event."""
    reason: Reason


class StockLow(ProductEvent):
    """The stock has fallen from its threshold or above to below it: once per crossing."""

    type: ClassVar[str] = "StockLow"
    version: ClassVar[int] = 1

    sku: Sku
    name: ProductName
    stock: NotNegative
    """Units on hand after the event."""
    threshold: Positive
    """The stock is low below this number of units."""
