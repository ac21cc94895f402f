"""Reads the demo catalogue: the YAML files in catalogue/. The database and the API are not involved."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from microshop.listings.listing import ListingText, State
from microshop.listings.options import Option, OptionValue, check_chosen, options_key, variant_name
from microshop.money import to_minor
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CURRENCY = "USD"
LANGUAGES = ("en", "zh")
"""The languages in which all texts exist, the default language of the template first."""

_FOLDER = Path(__file__).with_name("catalogue")


class DemoCategory(Value):
    """A category. `parent` is the slug of the category above it, None for a top category."""

    slug: str
    names: Mapping[str, str]
    parent: str | None
    position: int


class DemoVariant(Value):
    """A variant. `chosen`: code of the option → code of the value."""

    sku: str
    chosen: Mapping[str, str]
    price_minor: int
    stock: int

    @property
    def options_key(self) -> str:
        """The column `products.options_key`."""
        return options_key(self.chosen)


class DemoListing(Value):
    """A listing. `categories` are slugs, the main category first."""

    texts: Mapping[str, ListingText]
    brand: str | None
    categories: tuple[str, ...]
    options: tuple[Option, ...]
    state: State
    variants: tuple[DemoVariant, ...]

    def name_of(self, variant: DemoVariant, language: str) -> str:
        """Returns the name of a variant, such as `Linen Shirt (Red, M)`."""
        return variant_name(self.texts[language].name, self.options, variant.chosen, language)


class DemoCatalogue(Value):
    """The category tree, parents before their children, and the listings, the oldest first."""

    categories: tuple[DemoCategory, ...]
    listings: tuple[DemoListing, ...]

    def products(self) -> list[tuple[int, DemoVariant]]:
        """Returns all variants, each with the index of its listing, the oldest first. The newest are of many kinds."""
        rounds = max(len(listing.variants) for listing in self.listings) - 1
        numbered = [
            (number * rounds // max(len(listing.variants) - 1, 1), index, variant)
            for index, listing in enumerate(self.listings)
            for number, variant in enumerate(listing.variants)
        ]
        return [(index, variant) for _, index, variant in sorted(numbered, key=lambda each: each[:2])]


def read_catalogue(languages: Sequence[str] = LANGUAGES) -> DemoCatalogue:
    """Returns the catalogue with texts in these languages. English texts replace those missing in the first one.

    Raises:
        InvalidInput: the options of a variant differ from those of its listing.
    """
    tree = _read("categories")
    options = {code: _option(code, shape, languages) for code, shape in _read("options").items()}
    groups = [[_listing(shape, options, languages) for shape in _read(f"listings/{slug}")] for slug in tree]
    # The first listing of each top category, then the second, so that the newest listings are of many kinds.
    mixed = [listing for each in itertools.zip_longest(*groups) for listing in each if listing is not None]
    return DemoCatalogue(tuple(_categories(tree, None, languages)), tuple(mixed))


def _read(name: str) -> Any:
    return yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def _categories(tree: dict[str, Any], parent: str | None, languages: Sequence[str]) -> Iterator[DemoCategory]:
    for position, (slug, shape) in enumerate(tree.items(), 1):
        yield DemoCategory(slug, _in_languages(shape["name"], languages), parent, position)
        yield from _categories(shape.get("children", {}), slug, languages)


def _option(code: str, shape: dict[str, Any], languages: Sequence[str]) -> Option:
    values = (OptionValue(value, _in_languages(names, languages)) for value, names in shape["values"].items())
    return Option(code, _in_languages(shape["name"], languages), tuple(values))


def _listing(shape: dict[str, Any], options: Mapping[str, Option], languages: Sequence[str]) -> DemoListing:
    names, descriptions = (_in_languages(shape[field], languages) for field in ("name", "description"))
    variants = tuple(_variant(each) for each in shape["variants"])
    used = [_used(options[code], variants) for code in shape.get("options", ())]
    for variant in variants:
        check_chosen(used, variant.chosen, variant.sku)
    return DemoListing(
        texts={language: ListingText(name, descriptions[language]) for language, name in names.items()},
        brand=shape.get("brand"),
        categories=tuple(shape["categories"]),
        options=tuple(used),
        state=State(shape.get("state", State.ACTIVE)),
        variants=variants,
    )


def _variant(shape: dict[str, Any]) -> DemoVariant:
    chosen = {name: value for name, value in shape.items() if name not in ("sku", "price", "stock")}
    return DemoVariant(shape["sku"], chosen, to_minor(str(shape["price"]), CURRENCY), shape["stock"])


def _used(option: Option, variants: Sequence[DemoVariant]) -> Option:
    chosen = {variant.chosen.get(option.code) for variant in variants}
    return Option(option.code, option.name, tuple(value for value in option.values if value.code in chosen))


def _in_languages(texts: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    default, english = languages[0], LANGUAGES[0]
    known = {language: texts[language] for language in languages if language in texts}
    return {default: texts[english], **known}
