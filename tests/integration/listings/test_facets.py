"""Facets: counts that equal those of a count by hand, on random catalogues, and the names of what is counted."""

import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from microshop.listings import facet_reading
from microshop.listings.facet_queries import FacetQueries
from microshop.listings.facet_reading import FacetReader
from microshop.listings.filters import ListingFilter, OptionFilter
from microshop.listings.list_queries import ListQueries
from microshop.listings.locale import Locale
from microshop.listings.match_queries import MatchQueries
from microshop.listings.options import chosen_options
from microshop.listings.reading import ListingLists
from microshop.platform.mysql import Database
from tests.integration.listings.conftest import CHINESE, ENGLISH
from tests.support.listings import GivenVariant, put_brand, put_category, put_listing

_COLORS, _SIZES, _PRICES = ("red", "blue", "green"), ("s", "m"), (500, 1000, 1500, 2000, 9000)


@dataclass(frozen=True)
class _Given:
    """A listing of a random catalogue; `categories` includes those above its own."""

    brand_id: int | None
    categories: frozenset[int]
    variants: Sequence[GivenVariant]


@dataclass(frozen=True)
class _Catalogue:
    """A random catalogue. `tree`: category → its children; 0 is the root."""

    listings: Mapping[int, _Given]
    tree: Mapping[int, Sequence[int]]
    brands: Sequence[int]


def _facets(database: Database, criteria: ListingFilter, locale: Any = ENGLISH) -> Any:
    shelves, matches = ListQueries(database, locale), MatchQueries(database, locale.language)
    return json.loads(FacetReader(locale, shelves, matches, FacetQueries(database, locale)).render(criteria).body)


def _random_catalogue(database: Database, chance: random.Random) -> _Catalogue:
    tops = [put_category(database, f"Top {number}") for number in range(2)]
    tree = {0: tops, **{top: [put_category(database, f"Below {top} {n}", top) for n in range(2)] for top in tops}}
    above = {child: top for top in tops for child in tree[top]}
    brands = [put_brand(database, f"Brand {number}") for number in range(3)]
    listings = {}
    for _ in range(40):
        own = chance.sample([*tops, *above], chance.randint(0, 2))
        keys = chance.sample(["", *(f"color={c};size={s}" for c in _COLORS for s in _SIZES)], chance.randint(1, 4))
        variants = [
            GivenVariant(key, chance.choice(_PRICES), chance.choice((0, 0, 3)), archived=chance.random() < 0.1)
            for key in keys
        ]
        brand_id = chance.choice((None, *brands))
        listing_id = put_listing(database, brand_id=brand_id, category_ids=own, variants=variants)
        on_sale = [variant for variant in variants if not variant.archived]
        categories = frozenset({*own, *(above[category] for category in own if category in above)})
        listings[listing_id] = _Given(brand_id, categories, on_sale)
    return _Catalogue(listings, tree, brands)


def _random_filter(catalogue: _Catalogue, chance: random.Random) -> ListingFilter:
    def maybe[Value](value: Value) -> Value | None:
        return value if chance.random() < 0.4 else None

    colors = OptionFilter("color", tuple(sorted(chance.sample(_COLORS, chance.randint(1, 2)))))
    options = [maybe(colors), maybe(OptionFilter("size", (chance.choice(_SIZES),)))]
    return ListingFilter(
        category=maybe(str(chance.choice([each for each in catalogue.tree if each]))),
        brand_id=maybe(chance.choice(catalogue.brands)),
        options=tuple(option for option in options if option),
        min_price_minor=maybe(chance.choice(_PRICES)),
        max_price_minor=maybe(chance.choice(_PRICES)),
        in_stock=maybe(chance.random() < 0.7),
    )


def _listings(catalogue: _Catalogue, criteria: ListingFilter, **wanted: object) -> int:
    """Returns how many listings meet the filters, of which `wanted` replaces some."""
    filters = {**criteria.as_dict(), **wanted}
    low, high, in_stock = (filters[name] for name in ("min_price_minor", "max_price_minor", "in_stock"))

    def variant_matches(variant: GivenVariant) -> bool:
        options = chosen_options(variant.options_key)
        return (
            all(options.get(option.code) in option.values for option in filters["options"])
            and (low is None or variant.price_minor >= low)
            and (high is None or variant.price_minor <= high)
            and (in_stock is None or (variant.stock > 0) == in_stock)
        )

    return sum(
        (filters["category"] is None or int(filters["category"]) in given.categories)
        and (filters["brand_id"] is None or given.brand_id == filters["brand_id"])
        and any(map(variant_matches, given.variants))
        for given in catalogue.listings.values()
    )


def _expected(catalogue: _Catalogue, criteria: ListingFilter, bands: Sequence[Any]) -> dict[str, Any]:
    """Returns the facets of a catalogue, counted one by one, without their names."""

    def without(code: str, value: str) -> tuple[OptionFilter, ...]:
        return (*(each for each in criteria.options if each.code != code), OptionFilter(code, (value,)))

    options = {
        (code, value): _listings(catalogue, criteria, options=without(code, value))
        for code, values in (("color", _COLORS), ("size", _SIZES))
        for value in values
    }
    children = catalogue.tree.get(int(criteria.category or 0), ())
    limits = [(_minor(band["min_price"]), _minor(band["max_price"])) for band in bands]
    return {
        "listings": _listings(catalogue, criteria),
        "options": {key: count for key, count in options.items() if count},
        "brands": {
            brand: count for brand in catalogue.brands if (count := _listings(catalogue, criteria, brand_id=brand))
        },
        "price_bands": [
            _listings(catalogue, criteria, min_price_minor=low, max_price_minor=high) for low, high in limits
        ],
        "in_stock": {
            value: count for value in (True, False) if (count := _listings(catalogue, criteria, in_stock=value))
        },
        "categories": {
            child: count
            for child in children
            if (
                count := sum(
                    child in given.categories and _meets(catalogue, listing_id, criteria)
                    for listing_id, given in catalogue.listings.items()
                )
            )
        },
    }


def _meets(catalogue: _Catalogue, listing_id: int, criteria: ListingFilter) -> bool:
    return _listings(_Catalogue({listing_id: catalogue.listings[listing_id]}, {}, ()), criteria) == 1


def _minor(price: str | None) -> int | None:
    return None if price is None else round(float(price) * 100)


def _without_names(view: Any) -> dict[str, Any]:
    return {
        "listings": view["listings"],
        "options": {
            (option["code"], value["code"]): value["listings"]
            for option in view["options"]
            for value in option["values"]
        },
        "brands": {brand["id"]: brand["listings"] for brand in view["brands"]},
        "price_bands": [band["listings"] for band in view["price_bands"]],
        "in_stock": {each["value"]: each["listings"] for each in view["in_stock"]},
        "categories": {category["id"]: category["listings"] for category in view["categories"]},
    }


@pytest.mark.parametrize("seed", range(4))
def test_facets_equal_a_count_one_by_one(database: Database, lists: ListingLists, seed: int) -> None:
    chance = random.Random(seed)
    catalogue = _random_catalogue(database, chance)
    for _ in range(25):
        criteria = _random_filter(catalogue, chance)

        view = _facets(database, criteria)

        assert _without_names(view) == _expected(catalogue, criteria, view["price_bands"]), criteria
        assert view["exact"]
        assert len(lists.page(criteria, "newest", None, 100).page.items) == view["listings"]


def test_facets_have_names_in_the_language_of_the_request(database: Database) -> None:
    brand = put_brand(database, "Nordlicht")
    clothes = put_category(database, "Clothes", zh="服装")
    size = {
        "code": "size",
        "name": {"en": "Size", "zh": "尺码"},
        "values": [{"code": "s", "name": {"en": "Small", "zh": "小"}}, {"code": "m", "name": {"en": "Medium"}}],
    }
    old = {"code": "size", "name": {"en": "Old"}, "values": [{"code": "m", "name": {"en": "Old"}}]}
    put_listing(database, options=[old], variants=[GivenVariant("size=m")])
    variants = [GivenVariant("size=s", 1000), GivenVariant("size=m", 3000, stock=0)]
    put_listing(database, options=[size], variants=variants, brand_id=brand, category_ids=[clothes])

    view = _facets(database, ListingFilter(), CHINESE)

    [row] = database.rows("SELECT slug FROM categories")
    assert view == {
        "listings": 2,
        "exact": True,
        "options": [
            {
                "code": "size",
                "name": "尺码",
                "values": [
                    {"code": "s", "name": "小", "listings": 1},
                    {"code": "m", "name": "Medium", "listings": 2},
                ],
            }
        ],
        "brands": [{"id": brand, "name": "Nordlicht", "listings": 1}],
        "currency": "USD",
        "price_bands": [
            {"min_price": None, "max_price": "29.99", "listings": 2},
            {"min_price": "30.00", "max_price": None, "listings": 1},
        ],
        "in_stock": [{"value": True, "listings": 2}, {"value": False, "listings": 1}],
        "categories": [{"id": clothes, "slug": row["slug"], "name": "服装", "listings": 1}],
    }


def test_brands_are_sorted_as_readers_of_the_language_expect(database: Database) -> None:
    for name in ("北风", "Mill 10", "阿里", "mill 9"):
        put_listing(database, brand_id=put_brand(database, name))

    def brands(locale: Locale) -> list[str]:
        return [brand["name"] for brand in _facets(database, ListingFilter(), locale)["brands"]]

    assert brands(CHINESE) == ["mill 9", "Mill 10", "阿里", "北风"]
    assert brands(ENGLISH)[:2] == ["mill 9", "Mill 10"]


def test_facets_of_an_unknown_category_are_empty(database: Database) -> None:
    put_listing(database)

    view = _facets(database, ListingFilter(category="unknown"))

    assert _without_names(view) == {
        "listings": 0, "options": {}, "brands": {}, "price_bands": [], "in_stock": {}, "categories": {},
    }  # fmt: skip


def test_facets_beyond_the_limits_are_not_exact(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    brand = put_brand(database, "Nordlicht")
    variants = [GivenVariant("size=s"), GivenVariant("size=m")]
    ids = [put_listing(database, variants=variants, brand_id=brand if number == 0 else None) for number in range(4)]
    counted = defaultdict[str, list[tuple[int, bool]]](list)

    def count(case: str, criteria: ListingFilter) -> None:
        view = _facets(database, criteria)
        counted[case].append((view["listings"], view["exact"]))

    count("all", ListingFilter())
    monkeypatch.setattr(facet_reading, "MAX_CANDIDATES", len(ids) - 1)
    count("listings", ListingFilter())
    count("listings of a brand", ListingFilter(brand_id=brand))
    monkeypatch.setattr(facet_reading, "MAX_CANDIDATES", len(ids))
    monkeypatch.setattr(facet_reading, "MAX_VARIANTS", 3)
    monkeypatch.setattr(facet_reading, "_BATCH", 1)
    count("variants", ListingFilter())

    assert counted == {
        "all": [(4, True)],
        "listings": [(3, False)],
        "listings of a brand": [(1, False)],
        "variants": [(2, False)],
    }
