"""Staff list variants: filters, pages, and the rows that a list reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from microshop.listings.listing import State
from microshop.listings.managing import set_listing_state
from microshop.listings.variant import VariantState
from microshop.listings.variant_list import ListedVariant, Sale, VariantFilter, decode_cursor, list_variants
from microshop.listings.variant_managing import archive_variant
from microshop.listings.variant_queries import VariantQueries
from microshop.versions import ExpectedVersion
from tests.support.catalogue import put_on_sale
from tests.support.listing_builders import a_variant, add_listing
from tests.support.listings import GivenVariant, put_listing, put_many
from tests.support.query_cost import ExplainingDatabase, rows_read
from tests.support.table_rows import wrong_answers
from tests.support.use_cases import adjust, catalogue

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.platform.mysql import Database

_LOW = VariantFilter(is_low=True)


def found(database: Database, criteria: VariantFilter, limit: int = 100) -> list[ListedVariant]:
    return list_variants(criteria, None, limit, VariantQueries(database, "en")).items


def ids(database: Database, criteria: VariantFilter) -> list[int]:
    return [variant.id for variant in found(database, criteria)]


def test_filters_find_variants_by_sku_listing_and_state(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin, a_variant("red", sku="RED"), a_variant("blue", sku="BLUE"))
    draft = add_listing(database, admin, a_variant("red", sku="DRAFT"), state=State.DRAFT)
    (red, blue), [hidden] = created.product_ids, draft.product_ids
    archive_variant(admin, red, ExpectedVersion(1), catalogue(database), releases=False)

    rows = [
        (VariantFilter(), [hidden, blue, red]),
        (VariantFilter(sale=Sale.ON_SALE), [blue]),
        (VariantFilter(sale=Sale.OFF_SALE), [hidden, red]),
        (VariantFilter(listing_id=created.id), [blue, red]),
        (VariantFilter(listing_id=created.id, sale=Sale.OFF_SALE), [red]),
        (VariantFilter(sku="RED"), [red]),
        (VariantFilter(sku="RED", listing_id=draft.id), []),
    ]
    assert wrong_answers(lambda criteria: ids(database, criteria), rows) == []
    [shown] = found(database, VariantFilter(sku="DRAFT"))
    assert (shown.listing_id, shown.listing_name, shown.state) == (draft.id, "Linen shirt", VariantState.HIDDEN)


def test_stock_is_low_below_the_threshold_while_the_variant_is_on_sale(database: Database, admin: Caller) -> None:
    product_id = put_on_sale(database, stock=10, low_stock_threshold=10)
    assert ids(database, _LOW) == []

    adjust(database, admin, product_id, -1)
    assert ids(database, _LOW) == [product_id]

    adjust(database, admin, product_id, 1)
    assert ids(database, _LOW) == []


def test_variants_of_a_draft_are_not_low(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin, a_variant())
    database.execute("UPDATE products SET low_stock_threshold = 5")
    assert ids(database, _LOW) == list(created.product_ids)

    set_listing_state(admin, created.id, State.DRAFT, ExpectedVersion(1), catalogue(database))

    assert ids(database, _LOW) == []


def test_product_of_the_previous_release_is_listed_without_a_listing(database: Database) -> None:
    product_id = put_on_sale(database, stock=1, low_stock_threshold=2)

    [shown] = found(database, _LOW)

    assert (shown.id, shown.listing_id, shown.listing_name) == (product_id, None, None)


@pytest.mark.parametrize(
    "criteria", [VariantFilter(), VariantFilter(sale=Sale.ON_SALE), VariantFilter(listing_id=1), _LOW]
)
def test_pages_have_every_variant_once_although_others_are_added(database: Database, criteria: VariantFilter) -> None:
    values = [GivenVariant(f"color=c{number}", stock=0) for number in range(5)]
    listing_id = put_listing(database, variants=values)
    database.execute("UPDATE products SET low_stock_threshold = 5")
    if criteria.listing_id:
        criteria = VariantFilter(listing_id=listing_id)
    variants = VariantQueries(database, "en")
    wanted, seen, after = ids(database, criteria), [], None

    while True:
        page = list_variants(criteria, after, 2, variants, counts=True)
        seen += [variant.id for variant in page.items]
        if page.next_cursor is None:
            break
        after = decode_cursor(page.next_cursor, criteria)
        assert page.total is not None
        assert page.total.value >= 5
        put_on_sale(database, stock=0, low_stock_threshold=5)

    assert (seen, len(seen)) == (wanted, 5)


def test_lists_use_their_index_and_read_what_they_return_in_any_shop(database: Database) -> None:
    explaining = ExplainingDatabase(database)
    lists = {
        "PRIMARY": VariantFilter(),
        "products_newest": VariantFilter(sale=Sale.ON_SALE),
        "products_low_stock": _LOW,
    }

    def plan(index: str) -> tuple[str, bool]:
        VariantQueries(explaining, "en").page(lists[index], 2**40, 21)
        [products, _texts] = explaining.plan
        return products["key"], "filesort" in str(products["Extra"])

    def read_page(index: str) -> int:
        return rows_read(database, lambda: VariantQueries(database, "en").page(lists[index], None, 21))

    def reads() -> dict[str, int]:
        count = rows_read(database, lambda: VariantQueries(database, "en").count(_LOW))
        return {**{index: read_page(index) for index in lists}, "count": count}

    put_many(database, 1500)
    _make_some_low(database)
    assert wrong_answers(plan, [(index, (index, False)) for index in lists]) == []
    small = reads()
    put_many(database, 3500)
    _make_some_low(database)
    large = reads()

    assert {name: (small[name], large[name]) for name in small if large[name] > 1.3 * small[name]} == {}
    assert max(count for name, count in small.items() if name != "count") <= 2 * 21 + 5


def _make_some_low(database: Database) -> None:
    """Give 30 variants in the middle of the shop a low stock, so that a scan would read many others before them."""
    database.execute("UPDATE products SET low_stock_threshold = 0")
    [row] = database.rows("SELECT MIN(id) AS first FROM products")
    database.execute(
        "UPDATE products SET low_stock_threshold = 5 WHERE id BETWEEN %(low)s AND %(high)s",
        {"low": row["first"] + 100, "high": row["first"] + 129},
    )
    database.rows("ANALYZE TABLE products")
