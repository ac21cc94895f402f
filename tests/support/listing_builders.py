"""Builds listings with variants, and creates them as staff do."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from microshop.listings.listing import ListingDetails, ListingText, State
from microshop.listings.managed_listing import CreatedListing, ManagedListing, NewListing
from microshop.listings.managing import create_listing
from microshop.listings.options import Option, OptionValue
from microshop.listings.variant import NewVariant
from tests.support.use_cases import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.caller import Caller
    from microshop.platform.mysql import Database

_NUMBERS = itertools.count(1)


def an_option(code: str = "color", values: Sequence[str] = ("red", "blue")) -> Option:
    """An option and values with their codes as names."""
    return Option(code, {"en": code}, tuple(OptionValue(value, {"en": value}) for value in values))


def a_category(database: Database, name: str = "Shirts") -> int:
    """Returns the id of a category with this name, which is created if there is none."""
    uow = catalogue(database)
    with uow:
        category = uow.categories.named(name, "en")
        uow.commit()
    return int(category.id)


def some_listing_details(
    category_id: int,
    *,
    name: str = "Linen shirt",
    description: str = "",
    options: Sequence[Option] = (an_option(),),
    image_urls: Sequence[str] = (),
    slug: str | None = None,
) -> ListingDetails:
    """The details of a listing in English."""
    return ListingDetails(
        texts={"en": ListingText(name, description)},
        category_ids=(category_id,),
        options=tuple(options),
        image_urls=tuple(image_urls),
        slug=slug,
    )


def a_variant(
    color: str | None = "red", *, sku: str = "", price_minor: int = 1000, stock: int = 0, **options: str
) -> NewVariant:
    """A variant that is to be added, with an SKU of its own unless one is given."""
    chosen = options if color is None else {"color": color, **options}
    return NewVariant(sku or f"SKU-{next(_NUMBERS)}", chosen, price_minor, stock, 0, ())


def add_listing(
    database: Database,
    admin: Caller,
    *variants: NewVariant,
    state: State = State.ACTIVE,
    details: ListingDetails | None = None,
) -> CreatedListing:
    """Create a listing with these variants, by default with one."""
    new = NewListing(details or some_listing_details(a_category(database)), state, variants or (a_variant(),))
    return create_listing(admin, new, None, catalogue(database))


def managed(database: Database, listing_id: int) -> ManagedListing:
    """Returns a listing as staff see it."""
    found = catalogue(database).staff.listing(listing_id)
    assert found is not None
    return found


def published(database: Database) -> list[tuple[str, int]]:
    """Returns the types of the events in the outbox and the ids of their products, in their order."""
    rows = database.rows("SELECT type, aggregate FROM outbox ORDER BY id")
    return [(row["type"], int(row["aggregate"].partition(":")[2])) for row in rows]
