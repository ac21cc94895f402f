"""Staff add, change, archive and restore variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from microshop.errors import Conflict, EqualVariant, InvalidInput, SkuTaken
from microshop.listings.listing import MAX_VARIANTS, State
from microshop.listings.variant import NewVariant, Variant, VariantDetails, VariantState
from microshop.listings.variant_managing import add_variant, archive_variant, restore_variant, update_variant
from microshop.versions import ExpectedVersion
from tests.support.listing_builders import (
    a_category,
    a_variant,
    add_listing,
    an_option,
    managed,
    published,
    some_listing_details,
)
from tests.support.threads import at_once, concurrently
from tests.support.use_cases import catalogue

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.platform.mysql import Database
    from tests.integration.conftest import Connect

_ANY = ExpectedVersion(any_version=True)


def add(database: Database, admin: Caller, listing_id: int, new: NewVariant) -> int:
    return add_variant(admin, listing_id, new, None, catalogue(database))


def withdraw(database: Database, admin: Caller, product_id: int, *, releases: bool = False) -> Variant:
    return archive_variant(admin, product_id, _ANY, catalogue(database), releases=releases)


def restore(database: Database, admin: Caller, product_id: int, sku: str | None = None) -> Variant:
    return restore_variant(admin, product_id, sku, _ANY, catalogue(database))


def outcomes(results: list[int | Exception]) -> list[str]:
    return sorted(type(result).__name__ for result in results)


def test_variant_of_an_active_listing_is_on_sale_at_once(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin, a_variant("red", price_minor=1000))

    product_id = add(database, admin, created.id, a_variant("blue", price_minor=500, stock=2))

    [row] = database.rows("SELECT min_price_minor, in_stock FROM listings")
    assert (row["min_price_minor"], row["in_stock"]) == (500, 1)
    assert published(database)[-1] == ("ProductCreated", product_id)


def test_of_two_equal_variants_added_at_once_one_exists(database: Database, connect: Connect, admin: Caller) -> None:
    created = add_listing(database, admin, a_variant("red"))

    results = at_once(2, lambda _: add(connect(), admin, created.id, a_variant("blue")))

    assert outcomes(results) == ["EqualVariant", "int"]
    assert len(managed(database, created.id).variants) == 2


def test_variants_added_at_once_do_not_exceed_the_limit(database: Database, connect: Connect, admin: Caller) -> None:
    options = [an_option("a", [str(number) for number in range(100)]), an_option("b", ["0", "1", "2"])]
    details = some_listing_details(a_category(database), options=options)
    chosen = [{"a": str(number % 100), "b": str(number // 100)} for number in range(MAX_VARIANTS + 1)]
    variants = [a_variant(None, a=each["a"], b=each["b"]) for each in chosen]
    created = add_listing(database, admin, *variants[:-2], state=State.DRAFT, details=details)

    results = at_once(2, lambda number: add(connect(), admin, created.id, variants[-1 - number]))

    assert outcomes(results) == ["Conflict", "int"]
    assert len(managed(database, created.id).variants) == MAX_VARIANTS


def test_released_sku_and_options_go_to_one_of_two_new_variants(
    database: Database, connect: Connect, admin: Caller
) -> None:
    created = add_listing(database, admin, a_variant("red", sku="RED"), a_variant("blue"))
    with pytest.raises(EqualVariant):
        add(database, admin, created.id, a_variant("red"))
    released = withdraw(database, admin, created.product_ids[0], releases=True)

    results = at_once(2, lambda _: add(connect(), admin, created.id, a_variant("red", sku="RED")))

    assert (released.state, released.sku) == (VariantState.RELEASED, f"~{released.id}")
    assert sum(isinstance(result, int) for result in results) == 1
    with pytest.raises(InvalidInput):
        restore(database, admin, released.id)
    with pytest.raises(EqualVariant):
        restore(database, admin, released.id, "RED-2")


def test_release_and_reuse_at_once_never_share_the_sku(database: Database, connect: Connect, admin: Caller) -> None:
    created = add_listing(database, admin, a_variant("red", sku="RED"), a_variant("blue"))

    concurrently(
        lambda: withdraw(connect(), admin, created.product_ids[0], releases=True),
        lambda: add(connect(), admin, created.id, a_variant("red", sku="RED")),
    )

    reds = [variant for variant in managed(database, created.id).variants if variant.sku == "RED"]
    assert len(reds) <= 1


def test_last_variant_on_sale_archives_its_listing(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin, a_variant("red"), a_variant("blue"))

    withdraw(database, admin, created.product_ids[0])
    assert managed(database, created.id).listing.state == State.ACTIVE
    withdraw(database, admin, created.product_ids[1])

    found = managed(database, created.id)
    assert (found.listing.state, [variant.state for variant in found.variants]) == (
        State.ARCHIVED,
        [VariantState.ARCHIVED] * 2,
    )
    assert database.rows("SELECT * FROM shelf_entries") == []
    assert restore(database, admin, created.product_ids[0]).state == VariantState.HIDDEN


def test_restored_variant_of_an_active_listing_is_on_sale(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin, a_variant("red"), a_variant("blue"))
    withdraw(database, admin, created.product_ids[0])

    restored = restore(database, admin, created.product_ids[0])

    assert restored.state == VariantState.ON_SALE
    assert published(database)[-1] == ("ProductCreated", restored.id)


def test_update_changes_price_and_sku_and_indexes_the_listing(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin, a_variant("red", sku="RED"), a_variant("blue", sku="BLUE"))
    product_id = created.product_ids[0]

    changed = update_variant(
        admin, product_id, VariantDetails("RED-2", 300, "USD", 5, ()), ExpectedVersion(1), catalogue(database)
    )

    assert (changed.sku, changed.price_minor, changed.low_stock_threshold, changed.version) == ("RED-2", 300, 5, 2)
    [row] = database.rows("SELECT min_price_minor FROM listings")
    assert row == {"min_price_minor": 300}
    assert published(database)[-2:] == [("ProductUpdated", product_id), ("StockLow", product_id)]
    with pytest.raises(SkuTaken):
        update_variant(admin, product_id, VariantDetails("BLUE", 1, "USD", 0, ()), _ANY, catalogue(database))


def test_archived_variant_is_not_changed(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin, a_variant("red"), a_variant("blue"))
    withdraw(database, admin, created.product_ids[0])

    with pytest.raises(Conflict, match="archived"):
        update_variant(admin, created.product_ids[0], VariantDetails("X", 1, "USD", 0, ()), _ANY, catalogue(database))
