"""Variants: the products of a listing, as staff see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from datetime import datetime


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
