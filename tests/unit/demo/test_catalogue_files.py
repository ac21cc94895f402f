"""The demo catalogue: its files are complete and consistent, so that a change of them cannot break `make run`."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from microshop.listings.listing import State
from microshop.payments.providers import charge_limits
from microshop.text import normalise_line, normalise_lines
from tools import ROOT
from tools.demo.catalogue_files import CURRENCY, LANGUAGES, DemoListing, read_catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping

_CATALOGUE = read_catalogue()
_LISTINGS = pytest.mark.parametrize("listing", _CATALOGUE.listings, ids=lambda each: each.texts["en"].name)


def _require_both(names: Mapping[str, str]) -> None:
    assert set(names) == set(LANGUAGES)
    assert all(normalise_line(name, 200) == name for name in names.values())


@_LISTINGS
def test_a_listing_has_texts_in_both_languages(listing: DemoListing) -> None:
    _require_both({language: text.name for language, text in listing.texts.items()})
    for text in listing.texts.values():
        assert normalise_lines(text.description, 1000) == text.description
    assert any("\u4e00" <= character <= "\u9fff" for character in listing.texts["zh"].name)


@_LISTINGS
def test_options_of_a_listing_have_names_in_both_languages(listing: DemoListing) -> None:
    for option in listing.options:
        _require_both(option.name)
        for value in option.values:
            _require_both(value.name)


@_LISTINGS
def test_variants_of_a_listing_differ(listing: DemoListing) -> None:
    assert 1 <= len(listing.variants) <= 12
    assert len({variant.options_key for variant in listing.variants}) == len(listing.variants)


@_LISTINGS
def test_a_card_can_be_charged_the_price_of_each_variant(listing: DemoListing) -> None:
    limits = charge_limits("stripe", CURRENCY)
    assert limits is not None
    assert [limits.problem_of_charge(variant.price_minor) for variant in listing.variants] == [None] * len(
        listing.variants
    )


@_LISTINGS
def test_a_listing_is_in_categories_of_the_tree(listing: DemoListing) -> None:
    assert listing.categories
    assert set(listing.categories) <= {category.slug for category in _CATALOGUE.categories}


def test_categories_have_unique_names_in_both_languages() -> None:
    for category in _CATALOGUE.categories:
        _require_both(category.names)
    for language in LANGUAGES:
        names = Counter(category.names[language] for category in _CATALOGUE.categories)
        assert names.most_common(1)[0][1] == 1


def test_every_category_has_a_listing() -> None:
    used = {slug for listing in _CATALOGUE.listings for slug in listing.categories}
    parents = {category.parent for category in _CATALOGUE.categories}
    assert used | parents >= {category.slug for category in _CATALOGUE.categories}


def test_no_two_variants_have_the_same_sku() -> None:
    skus = Counter(variant.sku for _, variant in _CATALOGUE.products())
    assert skus.most_common(1)[0][1] == 1


def test_the_catalogue_has_all_kinds_of_listings_and_stock() -> None:
    stock = [[variant.stock for variant in listing.variants] for listing in _CATALOGUE.listings]
    states = Counter(listing.state for listing in _CATALOGUE.listings)

    assert states[State.DRAFT] == states[State.ARCHIVED] == 1
    assert any(max(each) == 0 for each in stock)
    assert any(min(each) == 0 < max(each) for each in stock)
    assert any(0 < units < 10 for each in stock for units in each)
    assert any(len(listing.categories) > 1 for listing in _CATALOGUE.listings)


def test_the_newest_listings_and_products_are_of_many_kinds() -> None:
    newest = _CATALOGUE.listings[-10:]
    variants = [_CATALOGUE.listings[index] for index, _ in _CATALOGUE.products()[-20:]]

    assert len({listing.categories[0] for listing in newest}) >= 5
    assert len({listing.categories[0] for listing in variants}) >= 8


def test_the_product_of_the_sample_events_has_the_price_that_they_expect() -> None:
    order = json.loads(json.loads((ROOT / "events" / "place_order.json").read_text(encoding="utf-8"))["body"])
    _, variant = _CATALOGUE.products()[order["product_id"] - 1]

    shipping_minor = 490  # ShippingFeeMinor of template.yaml
    assert f"{(variant.price_minor * order['quantity'] + shipping_minor) / 100:.2f}" == order["expected_total"]


def test_english_replaces_a_default_language_that_the_catalogue_lacks() -> None:
    catalogue = read_catalogue(("fr", "zh"))

    assert set(catalogue.listings[0].texts) == {"fr", "zh"}
    assert catalogue.listings[0].texts["fr"] == _CATALOGUE.listings[0].texts["en"]
    assert {frozenset(category.names) for category in catalogue.categories} == {frozenset({"fr", "zh"})}
