"""Derives shelf entries, the search index and the summary of a listing from what staff have written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.collation import sort_key
from microshop.languages import in_language
from microshop.listings.listing import State
from microshop.listings.options import chosen_options
from microshop.listings.shelf_repository import ALL, ListingSummary, ShelfEntry
from microshop.search.document import IndexedText
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from microshop.listings.listing import Listing
    from microshop.listings.unit_of_work import ListingsUnitOfWork
    from microshop.listings.variant import Variant

# Increase it if the rules below or those of the search index change: a schedule then indexes all listings again.
_RULES = 1


def index_version(languages: Sequence[str]) -> str:
    """Returns the version of today's rules with these languages."""
    return f"{_RULES}:{','.join(languages)}"


class Derived(Value):
    """What is derived of a listing. Unless it is active with a variant on sale, it has no entries and no texts."""

    summary: ListingSummary
    entries: Sequence[ShelfEntry]
    texts: Mapping[str, IndexedText]


def index_listing(listing_id: int, uow: ListingsUnitOfWork) -> None:
    """Write everything that is derived of a listing, in the current transaction. Idempotent.

    The listing's row must be locked, so that an older state is never written over a newer one.
    """
    listing = uow.listings.read(listing_id)
    if listing is None:
        return
    derived = derived_of(
        listing,
        uow.variants.of_listing(listing_id),
        with_ancestors=uow.categories.with_ancestors(listing.category_ids),
        category_names=uow.categories.names(listing.category_ids),
        currency=uow.currency,
        languages=uow.languages,
    )
    uow.shelves.summarise(listing_id, derived.summary, index_version(uow.languages))
    uow.shelves.put(listing_id, derived.entries)
    uow.search.put(listing_id, derived.texts, in_stock=derived.summary.in_stock)


def derived_of(
    listing: Listing,
    variants: Sequence[Variant],
    *,
    with_ancestors: Collection[int],
    category_names: Mapping[int, Mapping[str, str]],
    currency: str,
    languages: Sequence[str],
) -> Derived:
    """Returns what is derived of a listing and its variants.

    `with_ancestors` are its categories and all those above them, `category_names` the names of its categories by id and
    language.
    """
    on_sale = [variant for variant in variants if not variant.archived and variant.currency == currency]
    prices = [variant.price_minor for variant in on_sale]
    in_stock = any(variant.stock > 0 for variant in on_sale)
    summary = ListingSummary(min(prices, default=None), max(prices, default=None), in_stock)
    if listing.state != State.ACTIVE or not prices:
        return Derived(summary, (), {})
    shelves = [ALL, *(f"category:{category_id}" for category_id in sorted(with_ancestors))]
    if listing.brand_id is not None:
        shelves.append(f"brand:{listing.brand_id}")
    default = languages[0]
    name_keys = {
        language: sort_key(in_language(listing.texts, language, default).name, language) for language in languages
    }
    entries = [
        ShelfEntry(shelf, language, name_key, min(prices))
        for shelf in shelves
        for language, name_key in name_keys.items()
    ]
    # Without the categories above: a search for coffee must not find tea, because both are in Coffee & Tea.
    texts = {language: _indexed_text(listing, on_sale, category_names, language, default) for language in languages}
    return Derived(summary, entries, texts)


def _indexed_text(
    listing: Listing,
    on_sale: Sequence[Variant],
    category_names: Mapping[int, Mapping[str, str]],
    language: str,
    default: str,
) -> IndexedText:
    text = in_language(listing.texts, language, default)
    others = [
        text.description,
        listing.brand or "",
        *(variant.sku for variant in on_sale),
        *_option_names(listing, on_sale, language, default),
        *(in_language(names, language, default) for names in category_names.values()),
    ]
    return IndexedText(text.name, others)


def _option_names(listing: Listing, on_sale: Sequence[Variant], language: str, default: str) -> Iterator[str]:
    """Yields the names of the values that variants on sale have."""
    chosen = {pair for variant in on_sale for pair in chosen_options(variant.options_key).items()}
    for option in listing.options:
        for value in option.values:
            if (option.code, value.code) in chosen:
                yield in_language(value.name, language, default)
