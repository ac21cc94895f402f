"""The rules of listings: their states, texts, and what customers see of them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from microshop.listings.options import options_json
from microshop.slugs import slug_of
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from microshop.listings.options import Option

MAX_CATEGORIES = 10  # listing_categories.position
MAX_BRAND_LENGTH = 100
# Medusa's reports of slow products with more variants are the reason for this limit (medusajs/medusa 4469, 13890).
MAX_VARIANTS = 250


class State(StrEnum):
    """Only active listings are shown, and only their variants are on sale."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class ListingText(Value):
    """The texts of a listing in one language."""

    name: str
    description: str = ""


class ListingDetails(Value):
    """The fields of a listing that staff set.

    `texts` has at least the default language; the first of `category_ids` is the main category.
    """

    texts: Mapping[str, ListingText]
    category_ids: tuple[int, ...]
    brand: str | None = None
    options: tuple[Option, ...] = ()
    image_urls: tuple[str, ...] = ()
    slug: str | None = None

    @property
    def audited(self) -> Mapping[str, object]:
        """The fields as the audit log has them. It cuts long texts, so each text is a field of its own."""
        texts = {
            f"{name}.{language}": value for language, text in self.texts.items() for name, value in vars(text).items()
        }
        return {
            **texts,
            "category_ids": list(self.category_ids),
            "brand": self.brand,
            "options": options_json(self.options),
            "image_urls": list(self.image_urls),
            "slug": self.slug,
        }


class Listing(Value):
    """A listing as staff see it, without its variants."""

    id: int
    state: State
    slug: str
    texts: Mapping[str, ListingText]
    category_ids: tuple[int, ...]
    brand_id: int | None
    brand: str | None
    options: tuple[Option, ...]
    image_urls: tuple[str, ...]
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def details(self) -> ListingDetails:
        """The fields that staff set."""
        values = vars(self)
        return ListingDetails(**{name: values[name] for name in ListingDetails.fields()})


def slugs_for(name: str, listing_id: int) -> tuple[str, ...]:
    """Returns the slugs to try for a listing, the best one first. The last one contains its id."""
    slug = slug_of(name)
    return (slug, f"{slug}-{listing_id}") if slug else (f"item-{listing_id}",)
