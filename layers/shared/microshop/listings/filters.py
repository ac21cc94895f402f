"""The filters of lists and facets. docs/decisions/0091-lists-and-facets.md has the reasons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from microshop.limits import MAX_ID
from microshop.listings.option_codes import CODE_PATTERN, MAX_CODE_LENGTH
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_OPTION_VALUES = 50
"""The values of one option in a filter."""
_CATEGORY = re.compile(r"[a-z0-9-]{1,100}", re.ASCII)
_CODE = re.compile(CODE_PATTERN, re.ASCII)


class OptionFilter(Value):
    """An option and its values, sorted, of which a variant must have one."""

    code: str
    values: tuple[str, ...]


class ListingFilter(Value):
    """The filters of a list; None does not filter. Price limits are in minor units and inclusive.

    The filters of options, price and stock must hold for the same variant. `category` is an id or a slug.
    """

    search: str | None = None
    category: str | None = None
    brand_id: int | None = None
    options: tuple[OptionFilter, ...] = ()
    min_price_minor: int | None = None
    max_price_minor: int | None = None
    in_stock: bool | None = None

    @property
    def tests_variants(self) -> bool:
        """Whether a filter depends on the variants of a listing."""
        limits = (self.min_price_minor, self.max_price_minor, self.in_stock)
        return bool(self.options) or any(limit is not None for limit in limits)

    def price_matches(self, price_minor: int) -> bool:
        """Whether a price is within the limits."""
        low, high = self.min_price_minor, self.max_price_minor
        return (low is None or price_minor >= low) and (high is None or price_minor <= high)


def parse_option(code: str, values: Sequence[str]) -> OptionFilter:
    """Returns the filter of the parameter `option.<code>`.

    Raises:
        ValueError: the code or a value cannot exist, or there are more than 50 values.
    """
    if not all(_is_code(each) for each in (code, *values)):
        raise ValueError("must have lower-case letters, digits and hyphens, in its name and its value")
    if len(values) > MAX_OPTION_VALUES:
        raise ValueError(f"is given more than {MAX_OPTION_VALUES} times")
    return OptionFilter(code, tuple(sorted(set(values))))


def parse_category(text: str) -> str:
    """Returns the id or slug of a category.

    Raises:
        ValueError: the text is neither.
    """
    if not _CATEGORY.fullmatch(text) or (text.isdigit() and int(text) > MAX_ID):
        raise ValueError("must be the id or the slug of a category")
    return text


def parse_brand(text: str) -> int:
    """Returns the id of a brand.

    Raises:
        ValueError: the text is no id.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= MAX_ID):
        raise ValueError("must be the id of a brand")
    return int(text)


def _is_code(text: str) -> bool:
    return len(text) <= MAX_CODE_LENGTH and _CODE.fullmatch(text) is not None
