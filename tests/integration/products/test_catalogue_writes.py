"""What admins do to the catalogue, on the real database: versions, stock, its ledger, events, and who wins a race."""

import pytest

from microshop.caller import Caller
from microshop.errors import (
    Conflict,
    IdempotencyKeyReused,
    NotFound,
    OutOfStock,
    PreconditionFailed,
    SkuTaken,
    VersionConflict,
)
from microshop.platform.mysql import Database
from microshop.products.managing import archive_product
from microshop.products.product import MAX_STOCK
from microshop.products.queries import ProductQueries
from microshop.products.unit_of_work import ProductsUnitOfWork
from microshop.versions import expected_version
from tests.integration.conftest import Connect
from tests.support.catalogue import put_on_sale
from tests.support.connections import ConnectBatches
from tests.support.orders import a_customer, place
from tests.support.product_builders import some_details
from tests.support.records import count, event_types, events_of, movements_of, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import adjust, archive, cancel, create, update


def _lows(database: Database) -> int:
    return event_types(database)["StockLow"]


def test_a_new_product_is_on_sale_with_its_stock_in_the_ledger_and_an_event(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(name="水壶 😀", price_minor=1999), stock=7)

    product = ProductQueries(database).by_id(product_id)
    assert product is not None
    assert (product.name, product.price_minor, product.stock, product.version) == ("水壶 😀", 1999, 7, 1)
    assert movements_of(database, product_id) == [("received", 7)]
    [(kind, data)] = events_of(database, f"product:{product_id}")
    assert (kind, data["name"], data["stock"], data["product_version"]) == ("ProductCreated", "水壶 😀", 7, 1)


def test_one_key_twenty_times_at_once_is_one_product(database: Database, connect: Connect, admin: Caller) -> None:
    details, connections = some_details(), [connect() for _ in range(20)]

    ids = at_once(20, lambda n: create(connections[n], admin, details, stock=7, key="one"))

    assert ids == [ids[0]] * 20
    assert event_types(database) == {"ProductCreated": 1}


def test_a_key_of_another_product_makes_none(database: Database, admin: Caller) -> None:
    create(database, admin, some_details(), key="one")

    with pytest.raises(IdempotencyKeyReused):
        create(database, admin, some_details(), stock=1, key="one")
    assert event_types(database) == {"ProductCreated": 1}


def test_a_new_product_without_stock_has_an_empty_ledger(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(), stock=0)

    assert movements_of(database, product_id) == []


def test_a_new_product_with_little_stock_has_not_become_low(database: Database, admin: Caller) -> None:
    create(database, admin, some_details(low_stock_threshold=10), stock=1)

    assert _lows(database) == 0


def test_a_taken_sku_leaves_no_product_no_ledger_and_no_event(database: Database, admin: Caller) -> None:
    create(database, admin, some_details(sku="K-1"), stock=7)

    with pytest.raises(SkuTaken):
        create(database, admin, some_details(sku="K-1", name="Mug"), stock=5)

    assert [count(database, table) for table in ("products", "stock_movements", "outbox")] == [1, 1, 1]


def test_skus_that_differ_in_case_are_two(database: Database, admin: Caller) -> None:
    create(database, admin, some_details(sku="K-1"))

    create(database, admin, some_details(sku="k-1"))

    assert count(database, "products") == 2


def test_the_sku_of_an_archived_product_stays_taken(database: Database, admin: Caller) -> None:
    archive(database, create(database, admin, some_details(sku="K-1")))

    with pytest.raises(SkuTaken):
        create(database, admin, some_details(sku="K-1"))


def test_of_ten_who_create_one_sku_at_once_one_succeeds(database: Database, connect: Connect, admin: Caller) -> None:
    connections = [connect() for _ in range(10)]

    outcomes = at_once(10, lambda n: create(connections[n], admin, some_details(sku="K-1"), stock=n + 1))

    assert sum(isinstance(outcome, SkuTaken) for outcome in outcomes) == 9
    assert count(database, "products") == 1


def test_a_change_replaces_everything_but_the_stock(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(), stock=7)

    updated = update(
        database, product_id, some_details(sku="M-1", name="Mug", price_minor=590, low_stock_threshold=3), version=1
    )

    assert updated.product == ProductQueries(database).by_id(product_id)
    assert (updated.product.sku, updated.product.name, updated.product.price_minor) == ("M-1", "Mug", 590)
    assert (updated.product.stock, updated.product.version, updated.low_stock_threshold) == (7, 2, 3)
    kind, data = events_of(database, f"product:{product_id}")[-1]
    assert (kind, data["name"], data["price_minor"], data["product_version"]) == ("ProductUpdated", "Mug", 590, 2)


def test_a_change_that_names_no_threshold_keeps_the_one_there_is(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(low_stock_threshold=4))

    assert update(database, product_id, some_details(low_stock_threshold=None), 1).low_stock_threshold == 4


def test_a_change_from_an_older_version_changes_nothing(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details())
    update(database, product_id, some_details(name="Second"), version=1)

    with pytest.raises(VersionConflict, match="version 2"):
        update(database, product_id, some_details(name="Third"), version=1)

    product = ProductQueries(database).by_id(product_id)
    assert product is not None
    assert (product.name, product.version) == ("Second", 2)
    assert event_types(database) == {"ProductCreated": 1, "ProductUpdated": 1}


def test_a_change_to_a_taken_sku_changes_nothing(database: Database, admin: Caller) -> None:
    create(database, admin, some_details(sku="K-1"))
    product_id = create(database, admin, some_details(sku="M-1"))

    with pytest.raises(SkuTaken):
        update(database, product_id, some_details(sku="K-1"), version=1)

    product = ProductQueries(database).by_id(product_id)
    assert product is not None
    assert (product.sku, product.version) == ("M-1", 1)
    assert event_types(database) == {"ProductCreated": 2}


def test_of_eight_admins_who_change_one_version_at_once_one_wins(
    database: Database, connect: Connect, admin: Caller
) -> None:
    product_id, connections = create(database, admin, some_details()), [connect() for _ in range(8)]

    outcomes = at_once(8, lambda n: update(connections[n], product_id, some_details(name=f"Name {n}"), version=1))

    assert sum(isinstance(outcome, VersionConflict) for outcome in outcomes) == 7
    [winner] = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    assert winner.product == ProductQueries(database).by_id(product_id)
    assert event_types(database) == {"ProductCreated": 1, "ProductUpdated": 1}


def test_an_order_between_reading_and_changing_a_product_is_no_conflict(
    database: Database, connect_batches: ConnectBatches, admin: Caller
) -> None:
    product_id = create(database, admin, some_details(), stock=7)
    place(connect_batches(), a_customer(database), [(product_id, 2)])

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


def test_nothing_more_can_be_done_with_an_archived_product(
    database: Database, connect_batches: ConnectBatches, admin: Caller
) -> None:
    product_id = create(database, admin, some_details(), stock=7)
    archive(database, product_id)

    for attempt in (
        lambda: update(database, product_id, some_details(), version=2),
        lambda: archive(database, product_id),
        lambda: adjust(database, admin, product_id, 1),
        lambda: place(connect_batches(), a_customer(database), [(product_id, 1)]),
    ):
        with pytest.raises(NotFound):
            attempt()

    assert event_types(database) == {"ProductCreated": 1, "ProductArchived": 1}


def test_only_the_version_that_the_client_names_is_archived(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details())

    with pytest.raises(PreconditionFailed):
        archive_product(product_id, expected_version('"2"'), ProductsUnitOfWork(database))

    assert ProductQueries(database).by_id(product_id) is not None
    assert event_types(database) == {"ProductCreated": 1}


def test_of_eight_who_archive_a_product_at_once_one_does(database: Database, connect: Connect, admin: Caller) -> None:
    product_id, connections = create(database, admin, some_details()), [connect() for _ in range(8)]

    outcomes = at_once(8, lambda n: archive(connections[n], product_id))

    assert sum(isinstance(outcome, NotFound) for outcome in outcomes) == 7
    assert event_types(database)["ProductArchived"] == 1


def test_an_adjustment_changes_the_stock_with_a_row_in_the_ledger_and_an_event(
    database: Database, admin: Caller
) -> None:
    product_id = create(database, admin, some_details(), stock=20)

    answer = adjust(database, admin, product_id, -3, reason="broken 😀")

    assert answer == {"message": "stock adjusted successfully", "id": product_id, "product_id": product_id, "stock": 17}
    assert stock_of(database, product_id) == 17
    row = database.row("SELECT kind, quantity, user_id, reason FROM stock_movements ORDER BY id DESC LIMIT 1")
    assert row == {"kind": "adjusted", "quantity": -3, "user_id": admin.user_id, "reason": "broken 😀"}
    assert events_of(database, f"product:{product_id}")[-1] == (
        "StockChanged",
        {"product_id": product_id, "kind": "adjusted", "quantity": -3, "stock": 17, "reason": "broken 😀"},
    )


def test_goods_that_came_in_are_received(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(), stock=20)

    adjust(database, admin, product_id, 5, kind="received")

    assert movements_of(database, product_id) == [("received", 20), ("received", 5)]


@pytest.mark.parametrize(("stock", "quantity"), [(3, -4), (0, -1), (MAX_STOCK, 1), (MAX_STOCK - 1, 2)])
def test_an_adjustment_below_nothing_or_above_all_bounds_changes_nothing(
    database: Database, admin: Caller, stock: int, quantity: int
) -> None:
    product_id = put_on_sale(database, stock=stock)
    before = movements_of(database, product_id)

    with pytest.raises(Conflict, match=f"{stock} units are on hand; there cannot be {stock + quantity}"):
        adjust(database, admin, product_id, quantity, key="k")

    assert (stock_of(database, product_id), movements_of(database, product_id)) == (stock, before)
    assert [count(database, table) for table in ("outbox", "idempotency_keys")] == [0, 0]


@pytest.mark.parametrize(("stock", "quantity"), [(3, -3), (MAX_STOCK - 1, 1)])
def test_an_adjustment_may_go_to_the_very_bound(database: Database, admin: Caller, stock: int, quantity: int) -> None:
    product_id = put_on_sale(database, stock=stock)

    assert adjust(database, admin, product_id, quantity)["stock"] == stock + quantity


def test_a_product_that_was_never_there_has_no_stock(database: Database, admin: Caller) -> None:
    with pytest.raises(NotFound):
        adjust(database, admin, 2**62, 1)

    assert count(database, "stock_movements") == 0


def test_twenty_adjustments_at_once_sum_up(database: Database, connect: Connect, admin: Caller) -> None:
    product_id, connections = put_on_sale(database, stock=100), [connect() for _ in range(20)]

    outcomes = at_once(20, lambda n: adjust(connections[n], admin, product_id, n + 1 if n % 2 else -(n + 1)))

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert stock_of(database, product_id) == 110
    assert len(movements_of(database, product_id)) == 21


def test_twenty_who_take_the_last_ten_units_by_hand_at_once_take_ten(
    database: Database, connect: Connect, admin: Caller
) -> None:
    product_id, connections = put_on_sale(database, stock=10), [connect() for _ in range(20)]

    outcomes = at_once(20, lambda n: adjust(connections[n], admin, product_id, -1))

    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 10
    assert stock_of(database, product_id) == 0


def test_an_adjustment_that_is_sent_again_with_its_key_happens_once(database: Database, admin: Caller) -> None:
    product_id = put_on_sale(database, stock=10)

    answers = [adjust(database, admin, product_id, 5, key="one") for _ in range(3)]

    assert [answer["stock"] for answer in answers] == [15, 15, 15]
    assert stock_of(database, product_id) == 15


def test_an_answer_is_the_first_one_whatever_happened_since(database: Database, admin: Caller) -> None:
    product_id = put_on_sale(database, stock=10)
    first = adjust(database, admin, product_id, 5, key="one")
    adjust(database, admin, product_id, 5)

    assert adjust(database, admin, product_id, 5, key="one") == first


def test_one_key_twenty_times_at_once_is_one_adjustment(database: Database, connect: Connect, admin: Caller) -> None:
    product_id, connections = put_on_sale(database, stock=10), [connect() for _ in range(20)]

    answers = at_once(20, lambda n: adjust(connections[n], admin, product_id, 5, key="one"))

    assert (
        answers
        == [{"message": "stock adjusted successfully", "id": product_id, "product_id": product_id, "stock": 15}] * 20
    )
    assert (stock_of(database, product_id), event_types(database)) == (15, {"StockChanged": 1})


def test_one_key_for_two_products_at_once_changes_one_of_them(
    database: Database, connect: Connect, admin: Caller
) -> None:
    products, connections = [put_on_sale(database, stock=10) for _ in range(2)], [connect() for _ in range(2)]

    outcomes = at_once(2, lambda n: adjust(connections[n], admin, products[n], 5, key="one"))

    assert sum(isinstance(outcome, IdempotencyKeyReused) for outcome in outcomes) == 1
    assert sorted(stock_of(database, product) for product in products) == [10, 15]


@pytest.mark.parametrize(
    ("before", "quantity", "lows"), [(10, -1, 1), (11, -1, 0), (9, -1, 0), (9, 1, 0), (10, -10, 1)]
)
def test_an_adjustment_tells_that_stock_is_low_only_when_it_becomes_so(
    database: Database, admin: Caller, before: int, quantity: int, lows: int
) -> None:
    product_id = put_on_sale(database, stock=before, low_stock_threshold=10)

    adjust(database, admin, product_id, quantity)

    assert _lows(database) == lows


def test_low_stock_is_told_with_what_is_left_and_from_where_it_counts(database: Database, admin: Caller) -> None:
    product_id = put_on_sale(database, name="Kettle", sku="K-1", stock=10, low_stock_threshold=10)

    adjust(database, admin, product_id, -2)

    assert events_of(database, f"product:{product_id}")[-1] == (
        "StockLow",
        {"product_id": product_id, "sku": "K-1", "name": "Kettle", "stock": 8, "threshold": 10},
    )


def test_each_crossing_is_told(database: Database, admin: Caller) -> None:
    product_id = put_on_sale(database, stock=10, low_stock_threshold=10)

    for quantity in (-1, -1, 2, -2, -5, 5, -1):
        adjust(database, admin, product_id, quantity)

    assert _lows(database) == 2


@pytest.mark.parametrize(("threshold", "lows"), [(11, 1), (10, 0), (None, 0), (0, 0)])
def test_a_threshold_that_is_raised_over_the_stock_makes_it_low(
    database: Database, admin: Caller, threshold: int | None, lows: int
) -> None:
    product_id = create(database, admin, some_details(low_stock_threshold=10), stock=10)

    update(database, product_id, some_details(low_stock_threshold=threshold), version=1)

    assert _lows(database) == lows


def test_a_change_of_what_was_low_before_does_not_tell_it_again(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(low_stock_threshold=10), stock=5)

    update(database, product_id, some_details(low_stock_threshold=20), version=1)

    assert _lows(database) == 0


def test_an_order_that_crosses_the_threshold_tells_it_with_the_stock_that_is_left(
    database: Database, connect_batches: ConnectBatches
) -> None:
    low = put_on_sale(database, name="水壶 '\"\\ 😀", sku="K-1", stock=12, low_stock_threshold=10)
    plenty = put_on_sale(database, stock=99, low_stock_threshold=10)

    place(connect_batches(), a_customer(database), [(low, 5), (plenty, 5)])

    assert [kind for kind, _ in events_of(database, f"product:{plenty}")] == []
    assert events_of(database, f"product:{low}") == [
        ("StockLow", {"product_id": low, "sku": "K-1", "name": "水壶 '\"\\ 😀", "stock": 7, "threshold": 10})
    ]


@pytest.mark.parametrize(("before", "lows"), [(12, 0), (11, 0), (10, 1), (9, 0)])
def test_an_order_tells_that_stock_is_low_only_when_it_becomes_so(
    database: Database, connect_batches: ConnectBatches, before: int, lows: int
) -> None:
    product_id = put_on_sale(database, stock=before, low_stock_threshold=10)

    place(connect_batches(), a_customer(database), [(product_id, 1)])

    assert _lows(database) == lows


def test_stock_that_an_order_gave_back_can_become_low_again(
    database: Database, connect_batches: ConnectBatches
) -> None:
    product_id, customer = put_on_sale(database, stock=10, low_stock_threshold=10), a_customer(database)
    first = place(connect_batches(), customer, [(product_id, 3)])

    cancel(database, customer, first["order_id"])
    place(connect_batches(), customer, [(product_id, 1)])

    assert _lows(database) == 2


def test_of_many_buyers_who_cross_the_threshold_at_once_one_order_tells_it(
    database: Database, connect_batches: ConnectBatches
) -> None:
    product_id = put_on_sale(database, stock=30, low_stock_threshold=15)
    buyers = [(connect_batches(), a_customer(database)) for _ in range(32)]

    outcomes = at_once(32, lambda n: place(*buyers[n], [(product_id, 1)]))

    assert sum(isinstance(outcome, OutOfStock) for outcome in outcomes) == 2
    assert [data["stock"] for kind, data in events_of(database, f"product:{product_id}") if kind == "StockLow"] == [14]


def test_buyers_and_admins_who_cross_the_threshold_at_once_tell_each_crossing_once(
    database: Database, connect: Connect, connect_batches: ConnectBatches, admin: Caller
) -> None:
    product_id = put_on_sale(database, stock=24, low_stock_threshold=12)
    buyers = [(connect_batches(), a_customer(database)) for _ in range(12)]
    connections = [connect() for _ in range(12)]

    at_once(
        24,
        lambda n: (
            place(*buyers[n], [(product_id, 1)]) if n < 12 else adjust(connections[n - 12], admin, product_id, -1)
        ),
    )

    assert (stock_of(database, product_id), _lows(database)) == (0, 1)
