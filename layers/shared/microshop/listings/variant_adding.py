"""Adds variants to a listing within a transaction that has locked the listing's row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.changes import changed_fields
from microshop.errors import FieldProblem, InvalidInput
from microshop.listings.listing import State
from microshop.listings.options import check_chosen, options_key, variant_name
from microshop.products.product import ProductDetails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.caller import Caller
    from microshop.listings.listing import Listing
    from microshop.listings.options import Option
    from microshop.listings.unit_of_work import ListingsUnitOfWork
    from microshop.listings.variant import NewVariant

HAS_NO_OPTIONS = "belong to the listing, because it has no options"


def check_new_variant(options: Sequence[Option], new: NewVariant, prefix: str = "") -> None:
    """Check the options and pictures of a variant. `prefix` begins the names of its fields.

    Raises:
        InvalidInput: an option is missing or unknown, or a variant without options has pictures of its own.
    """
    check_chosen(options, new.options, f"{prefix}options")
    if new.image_urls and not options:
        raise InvalidInput(FieldProblem(f"{prefix}image_urls", HAS_NO_OPTIONS))


def check_new_variants(options: Sequence[Option], variants: Sequence[NewVariant]) -> None:
    """Check the variants of a new listing.

    Raises:
        InvalidInput: see `check_new_variant`; or two variants have the same options or the same SKU.
    """
    seen: dict[tuple[str, str], int] = {}
    for number, new in enumerate(variants):
        check_new_variant(options, new, f"variants.{number}.")
        for field, value in (("options", options_key(new.options)), ("sku", new.sku)):
            other = seen.setdefault((field, value), number)
            if other != number:
                raise InvalidInput(FieldProblem(f"variants.{number}.{field}", f"is that of variants.{other}"))


def add_new_variant(caller: Caller, listing: Listing, new: NewVariant, category: str, uow: ListingsUnitOfWork) -> int:
    """Insert a variant, which is on sale if its listing is active. Returns its id.

    Raises:
        SkuTaken: another product has the SKU.
        EqualVariant: the listing has a variant with these options.
    """
    default = uow.languages[0]
    text = listing.texts[default]
    details = ProductDetails(
        sku=new.sku,
        name=variant_name(text.name, listing.options, new.options, default),
        description=text.description,
        category=category,
        image_urls=new.image_urls if listing.options else listing.image_urls,
        price_minor=new.price_minor,
        currency=uow.currency,
        low_stock_threshold=new.low_stock_threshold,
    )
    product_id = uow.products.add(
        details,
        new.stock,
        listing_id=listing.id,
        options_key=options_key(new.options),
        is_hidden=listing.state != State.ACTIVE,
    )
    uow.stock.record_opening_stock(product_id, caller.user_id, new.stock)
    created = changed_fields({}, {**vars(details), "stock": new.stock, "listing_id": listing.id})
    uow.audit.record(caller, "product.create", "product", product_id, created)
    return product_id
