"""The rules of the catalogue: products, filters of lists, and search terms."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from microshop.errors import FieldProblem, InvalidInput
from microshop.money import to_minor
from microshop.text import normalise_search
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from microshop.charge_limits import ChargeLimits
    from microshop.cursors import Count

MAX_SEARCH_LENGTH = 100
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
DEFAULT_LOW_STOCK_THRESHOLD = 10
DEFAULT_CATEGORY = "general"

# InnoDB's full-text index omits these and words of one or two letters (innodb_ft_min_token_size = 3;
# INFORMATION_SCHEMA.INNODB_FT_DEFAULT_STOPWORD), so a search that requires them would find nothing.
_STOP_WORDS = frozenset(
    "a about an are as at be by com de en for from how i in is it la of on or that the this to was what when where who "
    "will with und the www".split()
)
_SHORTEST_INDEXED_WORD = 3
_LAST_INDEXED_CHARACTER = "\uffff"  # letters beyond Unicode's first plane separate words in the index
_WORD = re.compile(r"\w+")
_MAX_TERMS = 8
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


class AdjustedStock(NamedTuple):
    """The result of a change of the stock: the units on hand after it."""

    product_id: int
    stock: int


class SearchTerms(Value):
    """A parsed search. `words` are prefixes of words in name or description; `fragments` occur anywhere in the name."""

    words: tuple[str, ...] = ()
    fragments: tuple[str, ...] = ()


class ProductFilter(Value):
    """The filters of a list; None does not filter. Price limits are in minor units and inclusive."""

    search: SearchTerms | None = None
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


def parse_search(text: str) -> SearchTerms:
    """Split a search into terms. All characters except letters and digits are separators, so operators have no effect.

    Words in the full-text index are looked up there. Shorter words are searched in the name. So are scripts written
    without blanks, of which the index contains only whole phrases.

    Raises:
        ValueError: the text is longer than 100 characters, or has no letter or digit.
    """
    if len(text) > MAX_SEARCH_LENGTH:
        raise ValueError(f"must have at most {MAX_SEARCH_LENGTH} characters")
    found = _WORD.findall(normalise_search(text).lower().replace("_", " "))[:_MAX_TERMS]
    if not found:
        raise ValueError("must contain a letter or digit")
    significant = [word for word in found if word not in _STOP_WORDS] or found
    words = tuple(word for word in significant if _is_indexed(word))
    return SearchTerms(words, tuple(word for word in significant if not _is_indexed(word)))


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


def _is_indexed(word: str) -> bool:
    return (
        len(word) >= _SHORTEST_INDEXED_WORD
        and word not in _STOP_WORDS
        and max(word) <= _LAST_INDEXED_CHARACTER
        and not any(map(_has_unspaced_script, word))
    )


def _has_unspaced_script(character: str) -> bool:
    name = unicodedata.name(character, "")
    return name.startswith(("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"))
