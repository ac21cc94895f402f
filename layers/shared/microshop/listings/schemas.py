"""Request bodies of changes of listings."""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from microshop.categories.schemas import Slug
from microshop.charge_limits import ChargeLimits
from microshop.errors import FieldProblem, InvalidInput
from microshop.limits import MAX_ID
from microshop.listings.listing import (
    MAX_BRAND_LENGTH,
    MAX_CATEGORIES,
    MAX_VARIANTS,
    ListingDetails,
    ListingText,
    State,
)
from microshop.listings.managed_listing import NewListing
from microshop.listings.option_codes import CODE_PATTERN, MAX_CODE_LENGTH
from microshop.listings.options import (
    MAX_OPTION_NAME_LENGTH,
    MAX_OPTIONS,
    MAX_VALUES,
    Option,
    OptionValue,
)
from microshop.listings.variant import NewVariant
from microshop.products.product import DEFAULT_LOW_STOCK_THRESHOLD, MAX_STOCK_CHANGE, price_in_minor_units
from microshop.products.schemas import Description, Name, SentImageUrls, Sku, Threshold
from microshop.schemas import OR_BLANK, RequestModel, SentAmount, Text, line

_MAX_LANGUAGES = 20


def code(text: str) -> str:
    if not re.fullmatch(CODE_PATTERN, text):
        raise ValueError("must have lower-case letters a to z, digits and single hyphens")
    return text


LanguageCode = Annotated[str, Field(max_length=8)]
Code = Annotated[str, Field(max_length=MAX_CODE_LENGTH), AfterValidator(code)]
SentNames = Annotated[
    dict[LanguageCode, Annotated[Text, line(MAX_OPTION_NAME_LENGTH)]],
    Field(max_length=_MAX_LANGUAGES),
]
Version = Annotated[int, Field(ge=1)]
CategoryIds = Annotated[list[Annotated[int, Field(ge=1, le=MAX_ID)]], Field(min_length=1, max_length=MAX_CATEGORIES)]


class SentListingText(RequestModel):
    """The texts of a listing in one language."""

    name: Name
    description: Description = ""


class SentOptionValue(RequestModel):
    """A value of an option, with its names by language."""

    code: Code
    name: SentNames


class SentOption(RequestModel):
    """An option, with its names by language, and its values in the order in which pages show them."""

    code: Code
    name: SentNames
    values: Annotated[list[SentOptionValue], Field(min_length=1, max_length=MAX_VALUES)]


class SentVariant(RequestModel):
    """A variant that is to be added. `options` has the code of a value by the code of its option."""

    price: SentAmount
    sku: Annotated[Sku, OR_BLANK] | None = None
    options: Annotated[dict[Code, Code], Field(max_length=MAX_OPTIONS)] = Field(default={})
    stock: Annotated[int, Field(ge=0, le=MAX_STOCK_CHANGE)] = 0
    low_stock_threshold: Threshold = DEFAULT_LOW_STOCK_THRESHOLD
    image_urls: SentImageUrls = Field(default=[])

    def new_variant(self, currency: str, limits: ChargeLimits | None, prefix: str = "") -> NewVariant:
        """Returns the variant, with a new SKU if none was sent. `prefix` begins the names of its fields.

        Raises:
            InvalidInput: the price has more decimals than the currency, is too high, or cannot be charged.
        """
        return NewVariant(
            sku=self.sku or f"P-{secrets.token_hex(5).upper()}",
            options=self.options,
            price_minor=minor_price(self.price, currency, limits, prefix),
            stock=self.stock,
            low_stock_threshold=self.low_stock_threshold,
            image_urls=tuple(self.image_urls),
        )


SentTexts = Annotated[dict[LanguageCode, SentListingText], Field(max_length=_MAX_LANGUAGES)]
SentOptions = Annotated[list[SentOption], Field(max_length=MAX_OPTIONS)]
BrandName = Annotated[Text, line(MAX_BRAND_LENGTH)]


class CreateListingRequest(RequestModel):
    """POST /admin/listings: a listing with its first variants, a draft unless it is to be on sale at once."""

    texts: SentTexts
    category_ids: CategoryIds
    brand: Annotated[BrandName, OR_BLANK] | None = None
    options: SentOptions = Field(default=[])
    image_urls: SentImageUrls = Field(default=[])
    slug: Annotated[Slug, OR_BLANK] | None = None
    state: Literal["draft", "active"] = "draft"
    variants: Annotated[list[SentVariant], Field(min_length=1, max_length=MAX_VARIANTS)]

    def new_listing(self, languages: Sequence[str], currency: str, limits: ChargeLimits | None = None) -> NewListing:
        """Returns the listing with its variants; `languages` are those of the catalogue, the default one first.

        Raises:
            InvalidInput: a language is unknown or missing, a category or code is repeated, or a price has more decimals
                than the currency, is too high, or cannot be charged; it names the fields.
        """
        variants = [
            sent.new_variant(currency, limits, f"variants.{number}.") for number, sent in enumerate(self.variants)
        ]
        return NewListing(_details(self, languages), State(self.state), variants)


class UpdateListingRequest(RequestModel):
    """PUT /admin/listings/{id}: replaces all fields; an omitted slug stays."""

    texts: SentTexts
    category_ids: CategoryIds
    brand: Annotated[BrandName, OR_BLANK] | None = None
    options: SentOptions = Field(default=[])
    image_urls: SentImageUrls = Field(default=[])
    slug: Annotated[Slug, OR_BLANK] | None = None
    version: Version | None = None

    def details(self, languages: Sequence[str]) -> ListingDetails:
        """Returns the fields; `languages` are those of the catalogue, the default one first.

        Raises:
            InvalidInput: a language is unknown or missing, or a category or code is repeated; it names the fields.
        """
        return _details(self, languages)


class SetListingStateRequest(RequestModel):
    """POST /admin/listings/{id}/state: publish, make a draft, or archive."""

    state: Literal["draft", "active", "archived"]
    version: Version | None = None


def minor_price(sent: object, currency: str, limits: ChargeLimits | None, prefix: str = "") -> int:
    """Returns a price in the minor unit of `currency`. `prefix` begins the name of its field.

    Raises:
        InvalidInput: see `price_in_minor_units`.
    """
    try:
        return price_in_minor_units(str(sent), currency, limits)
    except InvalidInput as error:
        problems = [FieldProblem(f"{prefix}{problem.field}", problem.reason) for problem in error.problems]
        raise InvalidInput(*problems) from None


def _details(sent: CreateListingRequest | UpdateListingRequest, languages: Sequence[str]) -> ListingDetails:
    if problems := list(_problems(sent, languages)):
        raise InvalidInput(*problems)
    return ListingDetails(
        texts={language: ListingText(text.name, text.description) for language, text in sent.texts.items()},
        category_ids=tuple(sent.category_ids),
        brand=sent.brand,
        options=tuple(_option(option) for option in sent.options),
        image_urls=tuple(sent.image_urls),
        slug=sent.slug,
    )


def _problems(sent: CreateListingRequest | UpdateListingRequest, languages: Sequence[str]) -> Iterator[FieldProblem]:
    yield from _language_problems(sent.texts, languages, "texts")
    yield from _repetitions(sent.category_ids, "category_ids.{}")
    yield from _repetitions([option.code for option in sent.options], "options.{}.code")
    for number, option in enumerate(sent.options):
        yield from _language_problems(option.name, languages, f"options.{number}.name")
        yield from _repetitions([value.code for value in option.values], f"options.{number}.values.{{}}.code")
        for place, value in enumerate(option.values):
            yield from _language_problems(value.name, languages, f"options.{number}.values.{place}.name")


def _repetitions(values: Sequence[object], field: str) -> Iterator[FieldProblem]:
    for number, value in enumerate(values):
        if value in values[:number]:
            yield FieldProblem(field.format(number), "must not repeat an earlier one")


def _language_problems(given: Mapping[str, object], languages: Sequence[str], field: str) -> Iterator[FieldProblem]:
    for language in given:
        if language not in languages:
            yield FieldProblem(f"{field}.{language}", f"must be one of the languages {', '.join(languages)}")
    if languages[0] not in given:
        yield FieldProblem(f"{field}.{languages[0]}", "is required: it is the default language")


def _option(sent: SentOption) -> Option:
    return Option(sent.code, sent.name, tuple(OptionValue(value.code, value.name) for value in sent.values))
