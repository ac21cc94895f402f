"""A simple product is a listing with one variant, also if the previous release has created it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from microshop.categories import placing
from microshop.errors import InvalidInput
from microshop.listings.adopting import adopt_product, adopt_products
from microshop.listings.following import follow_product, follow_stock
from microshop.listings.listing import ListingText, State
from microshop.listings.refreshing import Refreshed, refresh_category, refresh_outdated
from microshop.listings.variant import VariantDetails
from microshop.listings.variant_managing import update_variant
from microshop.versions import ExpectedVersion
from tests.support.catalogue import put_on_sale
from tests.support.category_staff import CategoryStaff
from tests.support.product_builders import some_details
from tests.support.threads import at_once
from tests.support.use_cases import adjust, archive, catalogue, create, update

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.listings.listing import Listing
    from microshop.platform.mysql import Database
    from tests.integration.conftest import Connect


def a_product_of_the_previous_release(database: Database, sku: str = "MUG-1", *, archived: bool = False) -> int:
    return put_on_sale(database, sku=sku, name="Mug", description="Of clay", archived=archived)


def listing_of(database: Database, product_id: int) -> Listing:
    uow = catalogue(database)
    listing_id = uow.variants.listing_of(product_id)
    assert listing_id is not None
    listing = uow.listings.read(listing_id)
    assert listing is not None
    return listing


def shelves_of(database: Database, listing_id: int) -> dict[str, set[str]]:
    """Returns the languages of a listing's entries, by shelf."""
    rows = database.rows("SELECT shelf, language FROM shelf_entries WHERE listing_id = %(id)s", {"id": listing_id})
    return {row["shelf"]: {each["language"] for each in rows if each["shelf"] == row["shelf"]} for row in rows}


def summary_of(database: Database, listing_id: int) -> tuple[int | None, int | None, bool]:
    row = database.row("SELECT * FROM listings WHERE id = %(id)s", {"id": listing_id})
    assert row is not None
    return row["min_price_minor"], row["max_price_minor"], bool(row["in_stock"])


def category_named(database: Database, name: str) -> int:
    uow = catalogue(database)
    with uow:
        category = uow.categories.named(name, "en")
        uow.commit()
    return int(category.id)


def test_creating_a_product_creates_an_active_listing_that_is_on_its_shelves(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(name="Linen Shirt", category="Shirts", price_minor=4900), stock=2)

    listing = listing_of(database, product_id)
    assert (listing.state, listing.slug, listing.texts["en"].name) == (State.ACTIVE, "linen-shirt", "Linen Shirt")
    assert shelves_of(database, listing.id) == {
        "all": {"en", "zh"},
        f"category:{category_named(database, 'shirts')}": {"en", "zh"},
    }
    assert summary_of(database, listing.id) == (4900, 4900, True)


def test_category_of_a_product_is_the_existing_one_regardless_of_case(database: Database, admin: Caller) -> None:
    create(database, admin, some_details(sku="A", category="Home & Garden"))
    product_id = create(database, admin, some_details(sku="B", category="home  & GARDEN"))

    product = catalogue(database).products.lock(product_id)
    assert product is not None
    assert product.product.category == "Home & Garden"


def test_equal_names_get_different_slugs(database: Database, admin: Caller) -> None:
    ids = [create(database, admin, some_details(sku=sku, name="Mug")) for sku in ("A", "B")]

    slugs = [listing_of(database, product_id).slug for product_id in ids]
    assert slugs[0] == "mug"
    assert slugs[1].startswith("mug-")


def test_updating_a_product_updates_its_listing_and_keeps_other_languages(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(name="Mug", category="Kitchen"), stock=1)
    before = listing_of(database, product_id)
    uow = catalogue(database)
    with uow:
        database.execute("INSERT INTO listing_texts VALUES (%(id)s, 'zh', '杯子', '')", {"id": before.id})
        uow.commit()

    update(database, product_id, some_details(name="Big Mug", category="Cups", price_minor=1500), version=1)

    after = listing_of(database, product_id)
    assert (after.texts["en"].name, after.texts["zh"].name, after.slug) == ("Big Mug", "杯子", "mug")
    assert after.category_ids == (category_named(database, "Cups"),)
    assert f"category:{category_named(database, 'Kitchen')}" not in shelves_of(database, after.id)
    assert summary_of(database, after.id) == (1500, 1500, True)


def test_texts_of_a_variant_with_options_belong_to_its_listing(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(name="Mug"))
    color = [{"code": "color", "name": {"en": "Colour"}, "values": [{"code": "red", "name": {"en": "Red"}}]}]
    database.execute("UPDATE listings SET options = %(options)s", {"options": json.dumps(color)})

    with pytest.raises(InvalidInput) as refused:
        update(database, product_id, some_details(name="Cup", description="Other", category="Cups"), version=1)

    assert {problem.field for problem in refused.value.problems} == {"name", "description", "category"}


def test_archiving_the_only_variant_archives_the_listing_and_empties_its_shelves(
    database: Database, admin: Caller
) -> None:
    product_id = create(database, admin, some_details(), stock=1)

    archive(database, product_id)

    listing = listing_of(database, product_id)
    assert listing.state == State.ARCHIVED
    assert shelves_of(database, listing.id) == {}
    assert summary_of(database, listing.id) == (None, None, False)
    assert database.rows("SELECT 1 FROM search_postings") == []
    [variant] = catalogue(database).variants.of_listing(listing.id)
    assert (variant.archived, variant.is_withdrawn) == (True, False)


def test_products_of_the_previous_release_get_a_listing(database: Database) -> None:
    ids = [a_product_of_the_previous_release(database, sku) for sku in ("A", "B", "C")]

    assert [adopt_products(2, catalogue(database)) for _ in range(3)] == [2, 1, 0]

    listings = [listing_of(database, product_id) for product_id in ids]
    assert [listing.texts["en"] for listing in listings] == [ListingText("Mug", "Of clay")] * 3
    assert len({listing.slug for listing in listings}) == 3
    assert {listing.category_ids for listing in listings} == {(category_named(database, "kitchen"),)}


def test_an_archived_product_of_the_previous_release_gets_an_archived_listing(database: Database) -> None:
    product_id = a_product_of_the_previous_release(database, archived=True)

    adopt_products(10, catalogue(database))

    assert listing_of(database, product_id).state == State.ARCHIVED


def test_concurrent_adoptions_create_one_listing(database: Database, connect: Connect) -> None:
    product_id, connections = a_product_of_the_previous_release(database), [connect() for _ in range(8)]

    ids = at_once(8, lambda number: adopt_product(product_id, catalogue(connections[number])))

    assert ids == [ids[0]] * 8
    assert len(database.rows("SELECT id FROM listings")) == 1


def test_updating_a_product_without_a_listing_gives_it_one(database: Database) -> None:
    product_id = a_product_of_the_previous_release(database)

    update(database, product_id, some_details(sku="MUG-1", name="Cup"), version=1)

    assert listing_of(database, product_id).texts["en"].name == "Cup"


def test_updating_a_product_keeps_the_category_of_its_listing_if_another_has_the_same_name(
    database: Database, admin: Caller
) -> None:
    product_id = create(database, admin, some_details(category="Twin"))
    staff = CategoryStaff(database)
    twin = staff.add("Twin", staff.add("Home").id).id
    database.execute("UPDATE listing_categories SET category_id = %(id)s", {"id": twin})

    update(database, product_id, some_details(category="twin", price_minor=99), version=1)

    assert listing_of(database, product_id).category_ids == (twin,)


def test_a_change_by_the_previous_release_is_copied_to_the_listing(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(name="Mug"), stock=1)
    database.execute("UPDATE products SET name = 'Cup', price_minor = 99, version = 2")

    follow_product(product_id, catalogue(database))

    listing = listing_of(database, product_id)
    assert listing.texts["en"].name == "Cup"
    assert summary_of(database, listing.id) == (99, 99, True)


def test_a_category_that_the_previous_release_changes_is_copied_to_the_listing(
    database: Database, admin: Caller
) -> None:
    product_id = create(database, admin, some_details(category="Kitchen"), stock=1)
    database.execute("UPDATE products SET category = 'garden', version = 2")
    garden = category_named(database, "Garden")

    follow_product(product_id, catalogue(database))

    assert listing_of(database, product_id).category_ids == (garden,)
    assert database.rows("SELECT category FROM products") == [{"category": "Garden"}]


def test_the_former_name_of_a_renamed_category_is_not_copied_to_the_listing(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(category="Kitchen"), stock=1)
    before = listing_of(database, product_id)
    database.execute("UPDATE category_texts SET name = 'Cooking', name_key = 'cooking'")
    database.execute("UPDATE categories SET refresh_after = 0")

    follow_product(product_id, catalogue(database))

    assert listing_of(database, product_id) == before


def test_following_an_unchanged_product_leaves_the_version_of_its_listing(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(), stock=1)

    follow_product(product_id, catalogue(database))

    assert listing_of(database, product_id).version == 1


def test_products_get_listings_when_the_tree_has_no_room_for_their_categories(
    database: Database, admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "MAX_CATEGORIES", 0)
    product_id = a_product_of_the_previous_release(database)

    assert adopt_products(10, catalogue(database)) == 1

    assert listing_of(database, product_id).category_ids == ()
    assert shelves_of(database, listing_of(database, product_id).id) == {"all": {"en", "zh"}}
    details = VariantDetails("MUG-2", 99, "USD", 0, ("https://img.example.com/1.jpg",))
    assert update_variant(admin, product_id, details, ExpectedVersion(1), catalogue(database)).sku == "MUG-2"


def test_a_listing_that_sells_out_is_marked_until_it_is_back(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(), stock=1)
    listing_id = listing_of(database, product_id).id

    adjust(database, admin, product_id, -1)
    assert follow_stock([product_id], catalogue(database)) == [listing_id]
    sold_out = summary_of(database, listing_id)[2]
    assert follow_stock([product_id], catalogue(database)) == []
    adjust(database, admin, product_id, 5)
    follow_stock([product_id], catalogue(database))

    assert (sold_out, summary_of(database, listing_id)[2]) == (False, True)


def test_listings_are_indexed_again_for_other_languages(database: Database, admin: Caller) -> None:
    listing = listing_of(database, create(database, admin, some_details(), stock=1))
    uow = catalogue(database)
    uow.languages = ("en", "de")

    assert [refresh_outdated(10, uow) for _ in range(2)] == [1, 0]
    assert set().union(*shelves_of(database, listing.id).values()) == {"en", "de"}


def test_products_get_the_new_name_of_their_category(database: Database, admin: Caller) -> None:
    product_ids = [create(database, admin, some_details(sku=sku, category="Cups")) for sku in ("A", "B", "C")]
    database.execute("UPDATE category_texts SET name = 'Mugs'")
    database.execute("UPDATE categories SET refresh_after = 0")
    uow, refreshed = catalogue(database), list[Refreshed]()

    while uow.refreshes.category():
        refreshed.append(refresh_category(2, uow))

    assert [each for part in refreshed for each in part.product_ids] == product_ids
    assert len([each for part in refreshed for each in part.listing_ids]) == 3
    assert {row["category"] for row in database.rows("SELECT category FROM products")} == {"Mugs"}
