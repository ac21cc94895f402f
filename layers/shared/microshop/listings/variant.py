"""Variants: the products of a listing, as staff see them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class VariantState(StrEnum):
    """`hidden` variants wait for their listing to be active. `released` ones are archived without SKU and options."""

    ON_SALE = "on_sale"
    HIDDEN = "hidden"
    ARCHIVED = "archived"
    RELEASED = "released"

    @classmethod
    def of(cls, *, archived: bool, hidden_by_listing: bool, is_released: bool) -> VariantState:
        """Returns the state of a variant with these columns."""
        if not archived:
            return cls.ON_SALE
        if hidden_by_listing:
            return cls.HIDDEN
        return cls.RELEASED if is_released else cls.ARCHIVED


class NewVariant(Value):
    """A variant that is to be added. `options` has the code of a value by the code of its option."""

    sku: str
    options: Mapping[str, str]
    price_minor: int
    stock: int
    low_stock_threshold: int
    image_urls: tuple[str, ...]


class VariantDetails(Value):
    """The fields of a variant that staff change. A threshold of None keeps the present one."""

    sku: str
    price_minor: int
    currency: str
    low_stock_threshold: int | None
    image_urls: tuple[str, ...]


class PriceChange(Value):
    """A new price of a variant, in the minor unit of `currency`. `version` is the one that the change is based on."""

    product_id: int
    price_minor: int
    currency: str
    version: int


class ChangedVariant(Value):
    """A variant that was changed, and its version now."""

    id: int
    listing_id: int
    version: int


class Variant(Value):
    """A variant. `price_minor` is in the minor unit of `currency`, `stock` in units on hand.

    `is_released` means that other products may have its SKU and its options; `sku` is then not the original one.
    """

    id: int
    listing_id: int
    sku: str
    name: str
    options_key: str
    image_urls: tuple[str, ...]
    price_minor: int
    currency: str
    stock: int
    low_stock_threshold: int
    archived: bool
    hidden_by_listing: bool
    is_released: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def state(self) -> VariantState:
        """The state as staff see it."""
        return VariantState.of(
            archived=self.archived, hidden_by_listing=self.hidden_by_listing, is_released=self.is_released
        )

    @property
    def is_low(self) -> bool:
        """Whether the stock is below the threshold."""
        return self.stock < self.low_stock_threshold

    @property
    def audited(self) -> Mapping[str, object]:
        """The fields that staff change, as the audit log has them."""
        return {
            "sku": self.sku,
            "price_minor": self.price_minor,
            "currency": self.currency,
            "low_stock_threshold": self.low_stock_threshold,
            "image_urls": list(self.image_urls),
            "state": self.state.value,
        }

    @property
    def is_withdrawn(self) -> bool:
        """Whether the variant itself is archived, and not only its listing a draft or archived."""
        return self.archived and not self.hidden_by_listing


class UnadoptedProduct(Value):
    """A product that the previous release has created, without a listing."""

    id: int
    name: str
    description: str
    category: str
    image_urls: tuple[str, ...]
    is_archived: bool
