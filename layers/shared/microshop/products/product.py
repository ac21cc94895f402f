"""The rules of products, and the filters of their lists."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from microshop.errors import FieldProblem, InvalidInput
from microshop.money import to_minor
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from microshop.charge_limits import ChargeLimits
    from microshop.cursors import Count

MAX_SKU_LENGTH = 64
MAX_NAME_LENGTH = 200
MAX_DESCRIPTION_LENGTH = 10_000
MAX_SUMMARY_LENGTH = 300
MAX_CATEGORY_LENGTH = 64
MAX_IMAGES = 20
MAX_IMAGE_URL_LENGTH = 500
# At this price, the total of 999 units of each of 50 products still fits into 64 bits and into a JavaScript number.
MAX_PRICE_MINOR = 9_999_999_999
MAX_STOCK = 1_000_000_000
MAX_STOCK_CHANGE = 1_000_000
MAX_CHANGES = 200
"""The number of products that one request changes."""
DEFAULT_LOW_STOCK_THRESHOLD = 10
DEFAULT_CATEGORY = "general"

_JOINER = "\u200d"


class Product(Value):
    """A product. `price_minor` is in the minor unit of `currency`, `stock` in units on hand."""

    id: int
    sku: str
    name: str
    description: str
    category: str
    image_urls: tuple[str, ...]
    price_minor: int
    currency: str
    stock: int
    version: int
    created_at: datetime
    updated_at: datetime


class ListedProduct(Value):
    """A product in a list, with a summary instead of the description: a page of 100 descriptions could exceed 6 MB."""

    id: int
    sku: str
    name: str
    summary: str
    category: str
    image_urls: tuple[str, ...]
    price_minor: int
    currency: str
    stock: int
    version: int
    created_at: datetime
    updated_at: datetime


class ProductDetails(Value):
    """The fields of a product that admins set. A threshold of None keeps the current one."""

    sku: str
    name: str
    description: str
    category: str
    image_urls: tuple[str, ...]
    price_minor: int
    currency: str
    low_stock_threshold: int | None


class ManagedProduct(Value):
    """A product as an admin sees it."""

    product: Product
    low_stock_threshold: int

    @property
    def details(self) -> Mapping[str, object]:
        """The fields that admins set, by name (ProductDetails)."""
        values = vars(self.product) | vars(self)
        return {name: values[name] for name in ProductDetails.fields()}

    @property
    def is_low(self) -> bool:
        """Whether the stock is below the threshold."""
        return self.product.stock < self.low_stock_threshold


class StockChange(NamedTuple):
    """A change of the stock of a product by `delta` units."""

    product_id: int
    delta: int


class AdjustedStock(NamedTuple):
    """The result of a change of the stock: the units on hand after it."""

    product_id: int
    stock: int


class ProductFilter(Value):
    """The filters of a list; None does not filter. Price limits are in minor units and inclusive.

    `search` is the text that was searched for; the queries have the ids of the listings that it found.
    """

    search: str | None = None
    category: str | None = None
    min_price_minor: int | None = None
    max_price_minor: int | None = None
    in_stock: bool | None = None


class Category(Value):
    """A category and how many products on sale it has, counted like a list."""

    name: str
    products: Count


class RenderedResponse(NamedTuple):
    """A response body in JSON, and its ETag."""

    etag: str
    body: str


def summary_of(beginning: str) -> str:
    """Returns a description's summary: one line of at most 300 characters. `beginning` is its first 301 characters.

    A longer description is cut at a blank and ends with an ellipsis. A script without blanks is cut between characters,
    but never within a letter with marks or an emoji of several characters.
    """
    line = " ".join(beginning.split())
    if len(beginning) <= MAX_SUMMARY_LENGTH and len(line) <= MAX_SUMMARY_LENGTH:
        return line
    end = min(len(line), MAX_SUMMARY_LENGTH - 1)
    blank = line.rfind(" ", end // 2, end + 1)
    if blank > 0:
        return f"{line[:blank]}…"
    while end > 1 and (_is_continuation(line[end : end + 1]) or line[end - 1] == _JOINER):
        end -= 1
    return f"{line[:end]}…"


def _is_continuation(character: str) -> bool:
    # Marks, the joiner, and the skin tones of emoji belong to the preceding character.
    is_tone = "\U0001f3fb" <= character <= "\U0001f3ff"
    return bool(character) and (character == _JOINER or is_tone or unicodedata.category(character).startswith("M"))


def price_in_minor_units(price: str, currency: str, limits: ChargeLimits | None = None) -> int:
    """Returns the price of a product in the minor unit of `currency`.

    Raises:
        InvalidInput: the price has more decimals than the currency, is not a multiple of the step of card charges, or
            exceeds 9,999,999,999 minor units.
    """
    try:
        minor = to_minor(price, currency)
    except ValueError as error:
        raise InvalidInput(FieldProblem("price", str(error))) from None
    if minor > MAX_PRICE_MINOR:
        raise InvalidInput(FieldProblem("price", "is too high"))
    if limits is not None and (problem := limits.problem_of_amount(minor)):
        raise InvalidInput(FieldProblem("price", problem))
    return minor
