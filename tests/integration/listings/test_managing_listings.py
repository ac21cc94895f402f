"""Staff create, change, publish and archive listings."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

import pytest

from microshop.errors import Conflict, InvalidInput, NotFound, PreconditionRequired, SlugTaken, VersionConflict
from microshop.idempotency.key import idempotency_key
from microshop.listings.listing import ListingText, State
from microshop.listings.managed_listing import ListingSearch, NewListing
from microshop.listings.managed_reading import decode_cursor, list_managed_listings
from microshop.listings.managing import create_listing, set_listing_state, update_listing
from microshop.listings.variant import VariantState
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
from tests.support.threads import concurrently
from tests.support.use_cases import catalogue

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.platform.mysql import Database
    from tests.integration.conftest import Connect


def set_state(database: Database, admin: Caller, listing_id: int, state: State, version: int | None = None) -> None:
    expected = ExpectedVersion(version, any_version=version is None)
    set_listing_state(admin, listing_id, state, expected, catalogue(database))


def is_shown(database: Database, listing_id: int) -> bool:
    rows = database.rows("SELECT 1 FROM shelf_entries WHERE listing_id = %(id)s", {"id": listing_id})
    return bool(rows)


def states(database: Database, listing_id: int) -> list[VariantState]:
    return [variant.state for variant in managed(database, listing_id).variants]


def test_active_listing_puts_its_variants_on_sale(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin, a_variant("red", stock=3), a_variant("blue"))

    found = managed(database, created.id)
    assert [(variant.name, variant.state) for variant in found.variants] == [
        ("Linen shirt (red)", VariantState.ON_SALE),
        ("Linen shirt (blue)", VariantState.ON_SALE),
    ]
    assert tuple(variant.id for variant in found.variants) == created.product_ids
    assert published(database) == [("ProductCreated", product_id) for product_id in created.product_ids]
    assert is_shown(database, created.id)


def test_draft_is_not_on_sale_until_it_is_published(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin, a_variant("red", stock=3), state=State.DRAFT)
    assert (states(database, created.id), published(database)) == ([VariantState.HIDDEN], [])
    assert not is_shown(database, created.id)

    set_state(database, admin, created.id, State.ACTIVE)

    assert states(database, created.id) == [VariantState.ON_SALE]
    assert published(database) == [("ProductCreated", created.product_ids[0])]
    assert is_shown(database, created.id)


def test_archived_listing_takes_its_variants_off_sale_and_brings_them_back(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin)

    set_state(database, admin, created.id, State.ARCHIVED)
    assert (states(database, created.id), is_shown(database, created.id)) == ([VariantState.HIDDEN], False)
    set_state(database, admin, created.id, State.ACTIVE)

    assert (states(database, created.id), is_shown(database, created.id)) == ([VariantState.ON_SALE], True)
    assert [kind for kind, _ in published(database)] == ["ProductCreated", "ProductArchived", "ProductCreated"]


def test_listing_without_a_variant_to_sell_is_not_published(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin, state=State.DRAFT)
    database.execute("UPDATE products SET hidden_by_listing = FALSE")

    with pytest.raises(Conflict, match="archived"):
        set_state(database, admin, created.id, State.ACTIVE)


def test_setting_the_present_state_changes_nothing(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin)

    set_state(database, admin, created.id, State.ACTIVE, 1)

    assert managed(database, created.id).listing.version == 1


def test_publishing_and_archiving_at_once_is_decided_by_the_version(
    database: Database, connect: Connect, admin: Caller
) -> None:
    created = add_listing(database, admin, state=State.DRAFT)

    outcomes = concurrently(
        lambda: set_state(connect(), admin, created.id, State.ACTIVE, 1),
        lambda: set_state(connect(), admin, created.id, State.ARCHIVED, 1),
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "VersionConflict"]
    found = managed(database, created.id)
    is_active = found.listing.state == State.ACTIVE
    assert (states(database, created.id) == [VariantState.ON_SALE]) is is_active
    assert is_shown(database, created.id) is is_active


def test_renaming_a_listing_renames_its_variants(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin, a_variant("red"), a_variant("blue"))
    details = some_listing_details(a_category(database), name="Shirt", description="Of linen", slug="shirt")

    updated = update_listing(admin, created.id, details, ExpectedVersion(1), catalogue(database))

    assert [variant.name for variant in updated.variants] == ["Shirt (red)", "Shirt (blue)"]
    assert (updated.slugs, updated.listing.version) == (["shirt", "linen-shirt"], 2)
    assert published(database)[2:] == [("ProductUpdated", product_id) for product_id in created.product_ids]
    [product] = database.rows("SELECT DISTINCT description FROM products")
    assert product == {"description": "Of linen"}


def test_update_publishes_nothing_if_no_variant_changes(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin)
    details = some_listing_details(a_category(database))
    details = replace(details, texts={**details.texts, "zh": ListingText("亚麻衬衫")}, brand="Lina")

    updated = update_listing(admin, created.id, details, ExpectedVersion(1), catalogue(database))

    assert (updated.listing.texts["zh"].name, updated.listing.brand) == ("亚麻衬衫", "Lina")
    assert len(published(database)) == 1


def test_pictures_of_a_listing_without_options_are_those_of_its_product(database: Database, admin: Caller) -> None:
    category, picture = a_category(database), "https://img.example.com/1.jpg"
    details = some_listing_details(category, options=())
    created = add_listing(database, admin, a_variant(None), details=details)

    update_listing(admin, created.id, replace(details, image_urls=(picture,)), ExpectedVersion(1), catalogue(database))

    assert managed(database, created.id).variants[0].image_urls == (picture,)


def test_options_that_variants_have_cannot_be_removed(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin, a_variant("red"))
    category = a_category(database)
    for options, field in (
        ((), "options"),
        ((an_option(), an_option("size")), "options.1"),
        ((an_option("color", ["blue"]),), "options.0.values"),
    ):
        details = some_listing_details(category, options=options)
        with pytest.raises(InvalidInput) as refused:
            update_listing(admin, created.id, details, ExpectedVersion(1), catalogue(database))
        assert [problem.field for problem in refused.value.problems] == [field]


def test_update_requires_the_current_version(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin)
    details = some_listing_details(a_category(database), name="Other")

    with pytest.raises(VersionConflict):
        update_listing(admin, created.id, details, ExpectedVersion(2), catalogue(database))
    with pytest.raises(PreconditionRequired):
        update_listing(admin, created.id, details, ExpectedVersion(), catalogue(database))
    with pytest.raises(NotFound):
        update_listing(admin, created.id + 1, details, ExpectedVersion(1), catalogue(database))


def test_unknown_categories_and_taken_slugs_are_refused(database: Database, admin: Caller) -> None:
    category = a_category(database)
    add_listing(database, admin, details=some_listing_details(category, slug="shirt"))

    with pytest.raises(SlugTaken):
        add_listing(database, admin, details=some_listing_details(category, slug="shirt"))
    unknown = replace(some_listing_details(category), category_ids=(category, category + 1))
    with pytest.raises(InvalidInput) as refused:
        add_listing(database, admin, details=unknown)
    assert [problem.field for problem in refused.value.problems] == ["category_ids.1"]


def test_equal_variants_in_one_request_are_refused_with_their_field(database: Database, admin: Caller) -> None:
    with pytest.raises(InvalidInput) as refused:
        add_listing(database, admin, a_variant("red"), a_variant("red"))

    assert [problem.field for problem in refused.value.problems] == ["variants.1.options"]


def test_repeated_creation_with_its_key_creates_one_listing(database: Database, admin: Caller) -> None:
    new = NewListing(some_listing_details(a_category(database)), State.DRAFT, [a_variant()])
    key = idempotency_key(admin.user_id, ["k-1"], "POST /api/v1/admin/listings", [])

    first, again = (create_listing(admin, new, key, catalogue(database)) for _ in range(2))

    assert first == again
    assert len(database.rows("SELECT id FROM listings")) == 1


def test_writes_are_in_the_audit_log(database: Database, admin: Caller) -> None:
    created = add_listing(database, admin, state=State.DRAFT)
    set_state(database, admin, created.id, State.ACTIVE)
    details = some_listing_details(a_category(database), name="Other")
    update_listing(admin, created.id, details, ExpectedVersion(2), catalogue(database))

    rows = database.rows("SELECT action FROM audit_log WHERE user_id = %(id)s ORDER BY id", {"id": admin.user_id})

    actions = [row["action"] for row in rows]
    assert actions[-4:] == ["product.create", "listing.create", "listing.set_state", "listing.update"]


def test_lists_find_by_state_name_and_sku(database: Database, admin: Caller) -> None:
    category = a_category(database)
    ids = {}
    for name, state in (("Shirt B", State.DRAFT), ("Shirt A", State.ACTIVE), ("Coat", State.ACTIVE)):
        details = some_listing_details(category, name=name)
        ids[name] = add_listing(database, admin, a_variant(sku=f"X-{name}"), state=state, details=details).id
    staff = catalogue(database).staff

    def found(search: ListingSearch, limit: int = 10) -> list[str]:
        names, after = [], None
        while True:
            page = list_managed_listings(search, after, limit, staff)
            names += [listing.name for listing in page.items]
            if page.next_cursor is None:
                return names
            after = decode_cursor(page.next_cursor, search)

    assert found(ListingSearch(), 1) == ["Coat", "Shirt A", "Shirt B"]
    assert found(ListingSearch(state=State.ACTIVE), 1) == ["Coat", "Shirt A"]
    assert found(ListingSearch("shirt"), 1) == ["Shirt A", "Shirt B"]
    assert found(ListingSearch("X-Coat")) == ["Coat"]
    assert found(ListingSearch("%")) == []
