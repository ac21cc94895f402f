"""Staff change the prices of several variants at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from microshop.errors import InvalidInput
from microshop.idempotency.key import IdempotencyKey
from microshop.listings.changing_prices import change_prices
from microshop.listings.indexing import index_listing
from microshop.listings.listing import State
from microshop.listings.variant import ChangedVariant, PriceChange
from microshop.listings.variant_managing import archive_variant
from microshop.staff_errors import ChangesRefused
from microshop.versions import ExpectedVersion
from tests.support import bulk_change_worker
from tests.support.audit_rows import AuditRows
from tests.support.catalogue import put_on_sale
from tests.support.listing_builders import a_variant, add_listing, managed, published
from tests.support.process_race import race
from tests.support.use_cases import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from microshop.caller import Caller
    from microshop.platform.mysql import Database

_DERIVED = (
    "SELECT id, min_price_minor, max_price_minor, in_stock FROM listings ORDER BY id",
    "SELECT * FROM shelf_entries ORDER BY shelf, language, listing_id",
    "SELECT * FROM search_documents ORDER BY listing_id, language",
)


def change(
    database: Database, admin: Caller, *changes: tuple[int, int, int], key: str = "", fingerprint: str = "1"
) -> list[ChangedVariant]:
    """Change prices: id, price in USD cents and version of each variant."""
    wanted = [PriceChange(product_id, price, "USD", version) for product_id, price, version in changes]
    found = IdempotencyKey(admin.user_id, key, fingerprint) if key else None
    return change_prices(admin, wanted, found, catalogue(database))


def derived(database: Database) -> list[object]:
    return [database.rows(sql) for sql in _DERIVED]


def prices(database: Database, listing_id: int) -> list[tuple[int, int]]:
    return [(variant.price_minor, variant.version) for variant in managed(database, listing_id).variants]


def refused_fields(error: ChangesRefused | InvalidInput) -> Sequence[str]:
    return [problem.field for problem in error.problems]


def statements(database: Database, action: Callable[[], object]) -> int:
    """Returns the number of statements that the action sends."""
    before = sent(database)
    action()
    return sent(database) - before


def sent(database: Database) -> int:
    [row] = database.rows("SHOW SESSION STATUS LIKE 'Questions'")
    return int(row["Value"])


def test_new_prices_are_in_the_lists_and_events(database: Database, admin: Caller) -> None:
    shirt = add_listing(database, admin, a_variant("red", price_minor=1000), a_variant("blue", price_minor=2000))
    tea = add_listing(database, admin, a_variant("red", price_minor=500))
    draft = add_listing(database, admin, a_variant("red", price_minor=600), state=State.DRAFT)
    (_, blue), [green], [hidden] = shirt.product_ids, tea.product_ids, draft.product_ids
    audit = AuditRows(database)

    changed = change(database, admin, (green, 450, 1), (blue, 800, 1), (hidden, 650, 1))

    assert changed == [
        ChangedVariant(green, tea.id, 2),
        ChangedVariant(blue, shirt.id, 2),
        ChangedVariant(hidden, draft.id, 2),
    ]
    assert prices(database, shirt.id) == [(1000, 1), (800, 2)]
    [summary, *_] = database.rows("SELECT min_price_minor, max_price_minor FROM listings ORDER BY id")
    assert summary == {"min_price_minor": 800, "max_price_minor": 1000}
    assert sorted(published(database)[-2:]) == [("ProductUpdated", blue), ("ProductUpdated", green)]
    assert [(row["action"], row["entity_id"], row["changes"]) for row in audit.take()] == [
        ("product.update", green, {"price_minor": [500, 450]}),
        ("product.update", blue, {"price_minor": [2000, 800]}),
        ("product.update", hidden, {"price_minor": [600, 650]}),
    ]


def test_derived_prices_are_those_of_indexing_the_listings(database: Database, admin: Caller) -> None:
    shirt = add_listing(database, admin, a_variant("red", price_minor=1000, stock=1), a_variant("blue"))
    draft = add_listing(database, admin, a_variant("red"), state=State.DRAFT)

    red, blue = shirt.product_ids
    change(database, admin, (blue, 100, 1), (red, 3000, 1), (draft.product_ids[0], 1, 1))

    found = derived(database)
    uow = catalogue(database)
    with uow:
        for listing_id in (shirt.id, draft.id):
            index_listing(listing_id, uow)
        uow.commit()
    assert derived(database) == found


def test_one_impossible_change_prevents_all_and_each_is_named(database: Database, admin: Caller) -> None:
    shirt = add_listing(database, admin, a_variant("red"), a_variant("blue", sku="BLUE"))
    [green] = add_listing(database, admin).product_ids
    red, blue = shirt.product_ids
    archive_variant(admin, blue, ExpectedVersion(1), catalogue(database), releases=False)
    before = derived(database), prices(database, shirt.id), published(database)

    with pytest.raises(ChangesRefused) as refused:
        change(database, admin, (red, 1, 1), (blue, 1, 2), (green, 1, 7))
    with pytest.raises(InvalidInput) as unknown:
        change(database, admin, (red, 1, 1), (2**40, 1, 1))

    assert refused_fields(refused.value) == ["changes.1.id", "changes.2.version"]
    assert "BLUE is archived" in refused.value.problems[0].reason
    assert refused_fields(unknown.value) == ["changes.1.id"]
    assert (derived(database), prices(database, shirt.id), published(database)) == before


def test_price_in_the_currency_of_the_shop_puts_a_variant_into_the_lists(database: Database, admin: Caller) -> None:
    shirt = add_listing(database, admin, a_variant("red"))
    database.execute("UPDATE products SET currency = 'EUR'")
    uow = catalogue(database)
    with uow:
        index_listing(shirt.id, uow)
        uow.commit()
    assert database.rows("SELECT * FROM shelf_entries") == []

    change(database, admin, (shirt.product_ids[0], 700, 1))

    assert {row["price_minor"] for row in database.rows("SELECT price_minor FROM shelf_entries")} == {700}
    assert len(database.rows("SELECT * FROM search_documents")) == 2


def test_product_of_the_previous_release_gets_its_listing_first(database: Database, admin: Caller) -> None:
    product_id = put_on_sale(database, price_minor=1000)

    [changed] = change(database, admin, (product_id, 900, 1))

    assert prices(database, changed.listing_id) == [(900, changed.version)]


def test_repeated_request_with_its_key_changes_once(database: Database, admin: Caller) -> None:
    shirt = add_listing(database, admin, a_variant("red"))

    first, again = (change(database, admin, (shirt.product_ids[0], 700, 1), key="sale") for _ in range(2))

    assert first == again
    assert prices(database, shirt.id) == [(700, 2)]


def test_statements_do_not_grow_with_the_changes(database: Database, admin: Caller) -> None:
    listings = [add_listing(database, admin, a_variant("red")) for _ in range(12)]
    changes = [(each.product_ids[0], 700, 1) for each in listings]

    few = statements(database, lambda: change(database, admin, *changes[:2]))
    many = statements(database, lambda: change(database, admin, *changes[2:]))

    assert many == few


def test_changes_of_the_same_variants_at_once_do_not_deadlock(
    database: Database, database_url: str, redis_url: str, admin: Caller
) -> None:
    listings = [add_listing(database, admin, a_variant("red"), a_variant("blue")) for _ in range(10)]
    ids = [product_id for listing in listings for product_id in listing.product_ids]
    orders = [ids, ids[::-1], [*ids[10:], *ids[:10]], [*ids[1::2], *ids[::2]]]

    outcomes = race(bulk_change_worker, [("prices", admin.user_id, *each) for each in orders], database_url, redis_url)

    assert sorted(outcomes) == ["ChangesRefused", "ChangesRefused", "ChangesRefused", "list"]
    assert {row["version"] for row in database.rows("SELECT version FROM products")} == {2}
