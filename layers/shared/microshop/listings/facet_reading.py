"""The use case that counts the facets of a list. docs/decisions/0091-lists-and-facets.md has the reasons."""

from __future__ import annotations

import json
from copy import replace
from itertools import batched
from typing import TYPE_CHECKING, Protocol

from microshop.listings.facet_view import facets_view, option_facets
from microshop.listings.facets import Facets, FacetVariant, facets_of, most_frequent
from microshop.listings.reading import ALL, MAX_CANDIDATES, shelf_names
from microshop.products.product import RenderedResponse

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from microshop.listings.filters import ListingFilter
    from microshop.listings.locale import Locale
    from microshop.listings.reading import Matches, Shelves
    from microshop.listings.shown_listing import CategoryLink, NamedBrand, StoredOption

MAX_VARIANTS = 20_000
"""The variants that facets count at most, apart from those of the last batch of listings."""
_BATCH = 200


class FacetSource(Protocol):
    """Reads what facets count and name."""

    def variants(self, listing_ids: Collection[int]) -> list[FacetVariant]: ...
    def options(self, listing_ids: Collection[int]) -> list[StoredOption]: ...
    def brands(self, brand_ids: Collection[int]) -> list[NamedBrand]: ...
    def children(
        self, category_id: int | None, listing_ids: Collection[int]
    ) -> list[tuple[CategoryLink, frozenset[int]]]: ...


class FacetReader:
    """Counts facets of one locale."""

    def __init__(self, locale: Locale, shelves: Shelves, matches: Matches, source: FacetSource) -> None:
        self._locale = locale
        self._shelves = shelves
        self._matches = matches
        self._source = source

    def render(self, criteria: ListingFilter) -> RenderedResponse:
        """Returns the response body in JSON. It has no ETag."""
        shelves = shelf_names(criteria, self._shelves)
        category_id = None
        if shelves is None:
            facets, exact = facets_of(criteria, []), True
        else:
            category_id = int(shelves[0].partition(":")[2]) if criteria.category else None
            facets, exact = self._count(criteria, shelves[0])
        shown_brands = most_frequent(facets.brands, [criteria.brand_id] if criteria.brand_id else [])
        # The newest listing with a value names it. Older ones come first, so that it decides.
        naming = sorted({max(ids) for values in facets.options.values() for ids in values.values()})
        stored = self._source.options(naming)
        view = facets_view(
            facets,
            exact=exact,
            options=option_facets(facets, criteria, stored, self._locale),
            brands=self._source.brands(list(shown_brands)),
            categories=[] if shelves is None else self._source.children(category_id, facets.matching),
            currency=self._locale.currency,
        )
        return RenderedResponse("", json.dumps(view, ensure_ascii=False, separators=(",", ":")))

    def _count(self, criteria: ListingFilter, shelf: str) -> tuple[Facets, bool]:
        """Returns the facets of a shelf, and whether they count all of its listings."""
        if criteria.search is not None:
            return self._counted(criteria, *self._found(criteria.search, ALL if criteria.category is None else shelf))
        facets, exact = self._counted(criteria, *self._first_of(shelf))
        if criteria.brand_id is None or criteria.category is not None:
            return facets, exact
        # The shelf has one brand. Without that filter, the list is of all listings.
        others, all_exact = self._counted(criteria, *self._first_of(ALL))
        return replace(facets, brands={**others.brands, **facets.brands}), exact and all_exact

    def _counted(self, criteria: ListingFilter, listing_ids: Sequence[int], exact: bool) -> tuple[Facets, bool]:
        variants = list[FacetVariant]()
        for batch in batched(listing_ids, _BATCH, strict=False):
            if len(variants) > MAX_VARIANTS:
                exact = False
                break
            variants += self._source.variants(batch)
        return facets_of(criteria, variants), exact

    def _first_of(self, shelf: str) -> tuple[list[int], bool]:
        positions = self._shelves.entries(shelf, "newest", None, MAX_CANDIDATES + 1)
        return [position.id for position in positions[:MAX_CANDIDATES]], len(positions) <= MAX_CANDIDATES

    def _found(self, text: str, shelf: str) -> tuple[list[int], bool]:
        positions, more, _ = self._matches.find(text, None, MAX_CANDIDATES)
        found = [position.id for position in positions]
        if shelf != ALL:
            found = [position.id for position in self._shelves.among(shelf, "newest", found)]
        return found, more is None
