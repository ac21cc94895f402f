"""The rules of facets: price bands, and the order of values."""

import random

from microshop.listings.facets import PriceBand, merged_order, most_frequent, price_bands
from tests.support.table_rows import wrong_answers


def test_price_bands_have_rounded_limits() -> None:
    rows = [
        ([], []),
        ([1999], []),
        ([1999, 1999], []),
        ([1000, 2000], [(None, 1999), (2000, None)]),
        (
            [499, 899, 1299, 1999, 2499, 2999, 3999, 4999, 7999, 14999],
            [(None, 1499), (1500, 1999), (2000, 3999), (4000, 7999), (8000, None)],
        ),
    ]

    assert wrong_answers(price_bands, rows) == []


def test_price_bands_contain_every_price_once_and_none_is_empty() -> None:
    chance = random.Random(3)
    for _ in range(300):
        size, spread = chance.randint(1, 200), chance.choice((3, 50, 5000, 10**9))
        prices = sorted(chance.randint(0, spread) for _ in range(size))

        bands = price_bands(prices)

        assert all(sum(band.contains(price) for band in bands) == 1 for price in prices) or not bands
        assert all(any(band.contains(price) for price in prices) for band in bands), (prices, bands)
        assert (len(bands) == 0) == (len(set(prices)) == 1)
        if len(set(prices)) > 50:
            assert 4 <= len(bands) <= 5, (prices, bands)


def test_a_price_band_includes_its_limits() -> None:
    assert [PriceBand(10, 20).contains(price) for price in (9, 10, 20, 21)] == [False, True, True, False]


def test_values_of_several_listings_keep_the_order_of_their_pages() -> None:
    rows = [
        ([], []),
        ([["s", "m"], ["xs", "s", "m", "l"]], ["xs", "s", "m", "l"]),
        ([["s", "m", "l"], ["xs", "s"], ["l", "xl"]], ["xs", "s", "m", "l", "xl"]),
        ([["red"], ["blue"]], ["red", "blue"]),
    ]

    assert wrong_answers(merged_order, rows) == []


def test_a_facet_has_its_most_frequent_values_and_those_of_the_filter() -> None:
    values = {number: frozenset(range(number)) for number in range(1, 61)}

    assert list(most_frequent(values, [3])) == [*range(60, 10, -1), 3]
