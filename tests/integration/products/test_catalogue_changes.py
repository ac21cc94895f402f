"""Admins create, update and archive products: versions, SKUs, events and races."""

import pytest

from microshop.caller import Caller
from microshop.errors import (
    IdempotencyKeyReused,
    NotFound,
    PreconditionFailed,
    SkuTaken,
    VersionConflict,
)
from microshop.listings.simple_products import archive_product
from microshop.platform.mysql import Database
from microshop.products.queries import ProductQueries
from microshop.versions import expected_version
from tests.integration.conftest import Connect
from tests.support.orders import a_customer, place
from tests.support.product_builders import some_details
from tests.support.records import count, event_types, events_of, movements_of, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import adjust, archive, catalogue, create, update


def test_a_new_product_is_on_sale_with_its_ledger_and_an_event(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(name="水壶 😀", price_minor=1999), stock=7)

    product = ProductQueries(database).by_id(product_id)
    assert product is not None
    assert (product.name, product.price_minor, product.stock, product.version) == ("水壶 😀", 1999, 7, 1)
    assert movements_of(database, product_id) == [("received", 7)]
    [(kind, data)] = events_of(database, f"product:{product_id}")
    assert (kind, data["name"], data["stock"], data["product_version"]) == ("ProductCreated", "水壶 😀", 7, 1)


def test_concurrent_requests_with_one_key_create_one_product(
    database: Database, connect: Connect, admin: Caller
) -> None:
    details, connections = some_details(), [connect() for _ in range(20)]

    ids = at_once(20, lambda n: create(connections[n], admin, details, stock=7, key="one"))

    assert ids == [ids[0]] * 20
    assert event_types(database) == {"ProductCreated": 1}


def test_a_key_used_for_another_product_is_refused(database: Database, admin: Caller) -> None:
    create(database, admin, some_details(), key="one")

    with pytest.raises(IdempotencyKeyReused):
        create(database, admin, some_details(), stock=1, key="one")
    assert event_types(database) == {"ProductCreated": 1}


def test_a_new_product_without_stock_has_an_empty_ledger(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(), stock=0)

    assert movements_of(database, product_id) == []


def test_creating_a_product_with_a_taken_sku_writes_nothing(database: Database, admin: Caller) -> None:
    create(database, admin, some_details(sku="K-1"), stock=7)

    with pytest.raises(SkuTaken):
        create(database, admin, some_details(sku="K-1", name="Mug"), stock=5)

    assert [count(database, table) for table in ("products", "stock_movements", "outbox")] == [1, 1, 1]


def test_skus_are_case_sensitive(database: Database, admin: Caller) -> None:
    create(database, admin, some_details(sku="K-1"))

    create(database, admin, some_details(sku="k-1"))

    assert count(database, "products") == 2


def test_the_sku_of_an_archived_product_stays_taken(database: Database, admin: Caller) -> None:
    archive(database, create(database, admin, some_details(sku="K-1")))

    with pytest.raises(SkuTaken):
        create(database, admin, some_details(sku="K-1"))


def test_only_one_of_ten_concurrent_products_gets_the_sku(database: Database, connect: Connect, admin: Caller) -> None:
    connections = [connect() for _ in range(10)]

    outcomes = at_once(10, lambda n: create(connections[n], admin, some_details(sku="K-1"), stock=n + 1))

    assert sum(isinstance(outcome, SkuTaken) for outcome in outcomes) == 9
    assert count(database, "products") == 1


def test_an_update_replaces_every_field_except_stock(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(), stock=7)

    updated = update(
        database, product_id, some_details(sku="M-1", name="Mug", price_minor=590, low_stock_threshold=3), version=1
    )

    assert updated.product == ProductQueries(database).by_id(product_id)
    assert (updated.product.sku, updated.product.name, updated.product.price_minor) == ("M-1", "Mug", 590)
    assert (updated.product.stock, updated.product.version, updated.low_stock_threshold) == (7, 2, 3)
    kind, data = events_of(database, f"product:{product_id}")[-1]
    assert (kind, data["name"], data["price_minor"], data["product_version"]) == ("ProductUpdated", "Mug", 590, 2)


def test_an_update_without_a_threshold_keeps_it(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(low_stock_threshold=4))

    assert update(database, product_id, some_details(low_stock_threshold=None), 1).low_stock_threshold == 4


def test_an_update_of_an_older_version_is_refused(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details())
    update(database, product_id, some_details(name="Second"), version=1)

    with pytest.raises(VersionConflict, match="version 2"):
        update(database, product_id, some_details(name="Third"), version=1)

    product = ProductQueries(database).by_id(product_id)
    assert product is not None
    assert (product.name, product.version) == ("Second", 2)
    assert event_types(database) == {"ProductCreated": 1, "ProductUpdated": 1}


def test_an_update_to_a_taken_sku_is_refused(database: Database, admin: Caller) -> None:
    create(database, admin, some_details(sku="K-1"))
    product_id = create(database, admin, some_details(sku="M-1"))

    with pytest.raises(SkuTaken):
        update(database, product_id, some_details(sku="K-1"), version=1)

    product = ProductQueries(database).by_id(product_id)
    assert product is not None
    assert (product.sku, product.version) == ("M-1", 1)
    assert event_types(database) == {"ProductCreated": 2}


def test_only_one_of_eight_concurrent_updates_of_a_version_succeeds(
    database: Database, connect: Connect, admin: Caller
) -> None:
    product_id, connections = create(database, admin, some_details()), [connect() for _ in range(8)]

    outcomes = at_once(8, lambda n: update(connections[n], product_id, some_details(name=f"Name {n}"), version=1))

    assert sum(isinstance(outcome, VersionConflict) for outcome in outcomes) == 7
    [winner] = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    assert winner.product == ProductQueries(database).by_id(product_id)
    assert event_types(database) == {"ProductCreated": 1, "ProductUpdated": 1}


def test_an_order_does_not_change_the_version_of_a_product(database: Database, connect: Connect, admin: Caller) -> None:
    product_id = create(database, admin, some_details(), stock=7)
    place(connect(), a_customer(database), [(product_id, 2)])

    assert update(database, product_id, some_details(name="Second"), version=1).product.stock == 5


def test_an_archived_product_is_off_sale_and_keeps_its_ledger(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(), stock=7)

    archive(database, product_id)

    assert ProductQueries(database).by_id(product_id) is None
    assert (stock_of(database, product_id), movements_of(database, product_id)) == (7, [("received", 7)])
    assert events_of(database, f"product:{product_id}")[-1] == (
        "ProductArchived",
        {"product_id": product_id, "product_version": 2},
    )


def test_an_archived_product_cannot_be_changed_or_ordered(database: Database, connect: Connect, admin: Caller) -> None:
    product_id = create(database, admin, some_details(), stock=7)
    archive(database, product_id)

    for attempt in (
        lambda: update(database, product_id, some_details(), version=2),
        lambda: archive(database, product_id),
        lambda: adjust(database, admin, product_id, 1),
        lambda: place(connect(), a_customer(database), [(product_id, 1)]),
    ):
        with pytest.raises(NotFound):
            attempt()

    assert event_types(database) == {"ProductCreated": 1, "ProductArchived": 1}


def test_archiving_another_version_than_expected_is_refused(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details())

    with pytest.raises(PreconditionFailed):
        archive_product(admin, product_id, expected_version('"2"'), catalogue(database))

    assert ProductQueries(database).by_id(product_id) is not None
    assert event_types(database) == {"ProductCreated": 1}


def test_only_one_of_eight_concurrent_archivals_succeeds(database: Database, connect: Connect, admin: Caller) -> None:
    product_id, connections = create(database, admin, some_details()), [connect() for _ in range(8)]

    outcomes = at_once(8, lambda n: archive(connections[n], product_id))

    assert sum(isinstance(outcome, NotFound) for outcome in outcomes) == 7
    assert event_types(database)["ProductArchived"] == 1
