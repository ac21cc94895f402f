"""Stock adjustments by admins: the ledger, the event, limits, idempotency keys and races."""

import pytest

from microshop.caller import Caller
from microshop.errors import (
    Conflict,
    IdempotencyKeyReused,
    NotFound,
)
from microshop.platform.mysql import Database
from microshop.products.product import MAX_STOCK
from tests.integration.conftest import Connect
from tests.support.catalogue import put_on_sale
from tests.support.product_builders import some_details
from tests.support.records import count, event_types, events_of, movements_of, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import adjust, create


def test_an_adjustment_changes_stock_and_ledger_and_adds_an_event(database: Database, admin: Caller) -> None:
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


def test_a_receipt_is_a_received_movement(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(), stock=20)

    adjust(database, admin, product_id, 5, kind="received")

    assert movements_of(database, product_id) == [("received", 20), ("received", 5)]


@pytest.mark.parametrize(("stock", "quantity"), [(3, -4), (0, -1), (MAX_STOCK, 1), (MAX_STOCK - 1, 2)])
def test_an_adjustment_beyond_the_limits_of_stock_changes_nothing(
    database: Database, admin: Caller, stock: int, quantity: int
) -> None:
    product_id = put_on_sale(database, stock=stock)
    before = movements_of(database, product_id)

    with pytest.raises(Conflict, match=f"The stock is {stock} and cannot become {stock + quantity}"):
        adjust(database, admin, product_id, quantity, key="k")

    assert (stock_of(database, product_id), movements_of(database, product_id)) == (stock, before)
    assert [count(database, table) for table in ("outbox", "idempotency_keys")] == [0, 0]


@pytest.mark.parametrize(("stock", "quantity"), [(3, -3), (MAX_STOCK - 1, 1)])
def test_an_adjustment_to_a_limit_of_stock_is_allowed(
    database: Database, admin: Caller, stock: int, quantity: int
) -> None:
    product_id = put_on_sale(database, stock=stock)

    assert adjust(database, admin, product_id, quantity)["stock"] == stock + quantity


def test_the_stock_of_an_unknown_product_cannot_be_adjusted(database: Database, admin: Caller) -> None:
    with pytest.raises(NotFound):
        adjust(database, admin, 2**62, 1)

    assert count(database, "stock_movements") == 0


def test_concurrent_adjustments_add_up(database: Database, connect: Connect, admin: Caller) -> None:
    product_id, connections = put_on_sale(database, stock=100), [connect() for _ in range(20)]

    outcomes = at_once(20, lambda n: adjust(connections[n], admin, product_id, n + 1 if n % 2 else -(n + 1)))

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert stock_of(database, product_id) == 110
    assert len(movements_of(database, product_id)) == 21


def test_concurrent_adjustments_never_make_the_stock_negative(
    database: Database, connect: Connect, admin: Caller
) -> None:
    product_id, connections = put_on_sale(database, stock=10), [connect() for _ in range(20)]

    outcomes = at_once(20, lambda n: adjust(connections[n], admin, product_id, -1))

    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 10
    assert stock_of(database, product_id) == 0


def test_a_repeated_adjustment_returns_its_first_answer(database: Database, admin: Caller) -> None:
    product_id = put_on_sale(database, stock=10)

    first = adjust(database, admin, product_id, 5, key="one")
    adjust(database, admin, product_id, 3)

    assert adjust(database, admin, product_id, 5, key="one") == first
    assert (first["stock"], stock_of(database, product_id)) == (15, 18)


def test_concurrent_requests_with_one_key_adjust_the_stock_once(
    database: Database, connect: Connect, admin: Caller
) -> None:
    product_id, connections = put_on_sale(database, stock=10), [connect() for _ in range(20)]

    answers = at_once(20, lambda n: adjust(connections[n], admin, product_id, 5, key="one"))

    assert (
        answers
        == [{"message": "stock adjusted successfully", "id": product_id, "product_id": product_id, "stock": 15}] * 20
    )
    assert (stock_of(database, product_id), event_types(database)) == (15, {"StockChanged": 1})


def test_one_key_for_two_products_at_once_adjusts_one_of_them(
    database: Database, connect: Connect, admin: Caller
) -> None:
    products, connections = [put_on_sale(database, stock=10) for _ in range(2)], [connect() for _ in range(2)]

    outcomes = at_once(2, lambda n: adjust(connections[n], admin, products[n], 5, key="one"))

    assert sum(isinstance(outcome, IdempotencyKeyReused) for outcome in outcomes) == 1
    assert sorted(stock_of(database, product) for product in products) == [10, 15]
