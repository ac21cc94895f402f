"""Facets: how many listings have each option, brand, price and stock. Each is counted without its own filter."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from microshop.listings.filters import ListingFilter

MAX_VALUES = 50
"""The values of a facet that are returned, those of most listings."""
_BANDS = 5
_MIN_BANDS = 4
# The step to which a price is rounded, as a share of the price: as coarse as possible.
_ROUNDING = (0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
_BRAND, _PRICE, _STOCK = "brand", "price", "in_stock"


class FacetVariant(NamedTuple):
    """A variant on sale, as far as facets need it."""

    listing_id: int
    brand_id: int | None
    options: Mapping[str, str]
    price_minor: int
    in_stock: bool


class PriceBand(NamedTuple):
    """A range of prices in minor units, both limits inclusive; None is no limit."""

    low: int | None
    high: int | None

    def contains(self, price_minor: int) -> bool:
        """Whether a price is in the band."""
        return (self.low is None or price_minor >= self.low) and (self.high is None or price_minor <= self.high)


class Facets(Value):
    """The ids of the listings for each value of each facet; `matching` meet all filters."""

    matching: frozenset[int]
    options: Mapping[str, Mapping[str, frozenset[int]]]
    brands: Mapping[int, frozenset[int]]
    price_bands: Sequence[tuple[PriceBand, frozenset[int]]]
    in_stock: Mapping[bool, frozenset[int]]


def facets_of(criteria: ListingFilter, variants: Iterable[FacetVariant]) -> Facets:
    """Returns the facets of all variants on sale of some listings.

    A variant counts for a facet if it meets all filters except perhaps that of the facet itself.
    """
    matching = set[int]()
    options = defaultdict[str, defaultdict[str, set[int]]](lambda: defaultdict(set))
    brands, in_stock, prices = (
        defaultdict[int, set[int]](set),
        defaultdict[bool, set[int]](set),
        list[tuple[int, int]](),
    )
    for variant in variants:
        failed = list(itertools.islice(_failed(criteria, variant), 2))
        if len(failed) > 1:
            continue
        only, listing_id = failed[0] if failed else None, variant.listing_id
        if only is None:
            matching.add(listing_id)
        if only in (None, _BRAND) and variant.brand_id is not None:
            brands[variant.brand_id].add(listing_id)
        if only in (None, _STOCK):
            in_stock[variant.in_stock].add(listing_id)
        if only in (None, _PRICE):
            prices.append((variant.price_minor, listing_id))
        for code, value in variant.options.items():
            if only in (None, f"option.{code}"):
                options[code][value].add(listing_id)
    return Facets(
        frozenset(matching),
        {code: _frozen(values) for code, values in options.items()},
        _frozen(brands),
        _in_bands(prices),
        _frozen(in_stock),
    )


def price_bands(prices: Sequence[int]) -> list[PriceBand]:
    """Returns up to five bands with about as many of the sorted prices each, with rounded limits and none empty.

    Returns four or five bands if the prices differ enough, and none if all are equal.
    """
    if not prices or prices[0] == prices[-1]:
        return []
    limits = list[int]()
    for share in _ROUNDING:
        limits = _limits(prices, share)
        if len(limits) >= _MIN_BANDS - 1:
            break
    lows, highs = [None, *limits], [*(limit - 1 for limit in limits), None]
    return [PriceBand(low, high) for low, high in zip(lows, highs, strict=True)] if limits else []


def merged_order(orders: Iterable[Sequence[str]]) -> list[str]:
    """Returns all values of several lists, in an order that follows the longest list, then the others."""
    merged = list[str]()
    for order in sorted(orders, key=len, reverse=True):
        place = 0 if any(value in merged for value in order) else len(merged)
        for value in order:
            if value in merged:
                place = merged.index(value) + 1
            else:
                merged.insert(place, value)
                place += 1
    return merged


def most_frequent[Key: (int, str)](
    values: Mapping[Key, frozenset[int]], chosen: Iterable[Key] = ()
) -> dict[Key, frozenset[int]]:
    """Returns the 50 values with the most listings, and those of the filter, most listings first.

    Values with equally many are sorted by id or code, so that every request returns the same ones.
    """
    ordered: list[Key] = sorted(values, key=lambda value: (-len(values[value]), value))
    kept = {*ordered[:MAX_VALUES], *chosen}
    return {value: values[value] for value in ordered if value in kept}


def _failed(criteria: ListingFilter, variant: FacetVariant) -> Iterator[str]:
    """Yields the filters that the variant does not meet."""
    if criteria.brand_id is not None and variant.brand_id != criteria.brand_id:
        yield _BRAND
    if not criteria.price_matches(variant.price_minor):
        yield _PRICE
    if criteria.in_stock is not None and variant.in_stock != criteria.in_stock:
        yield _STOCK
    for option in criteria.options:
        if variant.options.get(option.code) not in option.values:
            yield f"option.{option.code}"


def _in_bands(prices: Sequence[tuple[int, int]]) -> list[tuple[PriceBand, frozenset[int]]]:
    bands = price_bands(sorted(price for price, _ in prices))
    return [(band, frozenset(listing_id for price, listing_id in prices if band.contains(price))) for band in bands]


def _limits(prices: Sequence[int], share: float) -> list[int]:
    """Returns the rounded lowest prices of all bands but the first."""
    limits, start = list[int](), 0
    for number in range(1, _BANDS):
        limit = _rounded(prices[len(prices) * number // _BANDS], share)
        place = bisect_left(prices, limit)
        if start < place < len(prices):  # neither this band nor the next one is empty
            limits.append(limit)
            start = place
    return limits


def _rounded(price: int, share: float) -> int:
    step = 1
    for factor in itertools.cycle((2, 2.5, 2)):  # 1, 2, 5, 10, 20, …
        if step * factor > max(price * share, 1):
            break
        step = int(step * factor)
    return (price + step // 2) // step * step


def _frozen[Key](values: Mapping[Key, set[int]]) -> dict[Key, frozenset[int]]:
    return {key: frozenset(ids) for key, ids in values.items()}
