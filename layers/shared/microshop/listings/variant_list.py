"""Lists variants for staff in pages, the newest first."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from microshop import cursors
from microshop.errors import FieldProblem, InvalidInput
from microshop.values import Value

if TYPE_CHECKING:
    from datetime import datetime

    from microshop.listings.variant import VariantState


class Sale(StrEnum):
    """Whether customers can buy a variant. `off_sale` ones are archived, or wait for their listing to be active."""

    ON_SALE = "on_sale"
    OFF_SALE = "off_sale"


class VariantFilter(Value):
    """The filters of a list; None does not filter. `is_low` means on sale, with a stock below the threshold."""

    sku: str | None = None
    listing_id: int | None = None
    sale: Sale | None = None
    is_low: bool = False

    def require_possible(self) -> None:
        """Check that a variant can meet all filters.

        Raises:
            InvalidInput: low stock is wanted of variants that are not on sale.
        """
        if self.is_low and self.sale == Sale.OFF_SALE:
            raise InvalidInput(FieldProblem("low_stock", "is not allowed together with the state off_sale"))


class ListedVariant(Value):
    """A variant in a list, with the name of its listing in the default language.

    A product of the previous release has no listing yet.
    """

    id: int
    listing_id: int | None
    listing_name: str | None
    state: VariantState
    sku: str
    name: str
    options_key: str
    price_minor: int
    currency: str
    stock: int
    low_stock_threshold: int
    is_low: bool
    version: int
    updated_at: datetime


class VariantList(Protocol):
    """Lists and counts variants."""

    def page(self, criteria: VariantFilter, before_id: int | None, limit: int) -> list[ListedVariant]: ...

    def count(self, criteria: VariantFilter) -> cursors.Count: ...


def list_variants(
    criteria: VariantFilter, before_id: int | None, limit: int, variants: VariantList, *, counts: bool = False
) -> cursors.Page[ListedVariant]:
    """Returns one page, with the count of the list if wanted."""
    found = variants.page(criteria, before_id, limit + 1)
    page = cursors.page_of(found, limit, lambda last: cursors.encode([last.id], criteria))
    return page.with_count(lambda: variants.count(criteria), is_first=before_id is None) if counts else page


def decode_cursor(cursor: str, criteria: VariantFilter) -> int:
    """Returns the id of the variant after which the page begins.

    Raises:
        ValueError: the cursor belongs to another list.
    """
    match cursors.decode(cursor, criteria):
        case [last_id] if cursors.is_id(last_id):
            return int(last_id)
    raise ValueError(cursors.INVALID_CURSOR)
