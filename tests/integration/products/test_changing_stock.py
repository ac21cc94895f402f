"""Staff change the stock of several products at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from microshop.errors import InvalidInput
from microshop.products.product import MAX_STOCK
from microshop.staff_errors import ChangesRefused
from tests.support import bulk_change_worker
from tests.support.audit_rows import AuditRows
from tests.support.books import disagreements
from tests.support.catalogue import put_on_sale
from tests.support.orders import a_customer, place
from tests.support.process_race import race
from tests.support.product_builders import some_details
from tests.support.records import events_of, movements_of, stock_of
from tests.support.threads import concurrently
from tests.support.use_cases import archive, change_stock, create

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.platform.mysql import Database
    from tests.integration.conftest import Connect


def test_every_change_is_in_the_ledger_the_events_and_the_audit_log(database: Database, admin: Caller) -> None:
    kettle = put_on_sale(database, sku="K-1", name="Kettle", stock=10, low_stock_threshold=10)
    cup = put_on_sale(database, stock=5, low_stock_threshold=10)
    audit = AuditRows(database)

    changed = change_stock(database, admin, {cup: 20, kettle: -2})

    assert changed == [{"id": cup, "stock": 25}, {"id": kettle, "stock": 8}]
    assert (stock_of(database, cup), stock_of(database, kettle)) == (25, 8)
    assert (movements_of(database, cup)[-1], movements_of(database, kettle)[-1]) == (("adjusted", 20), ("adjusted", -2))
    [(_, of_cup)] = events_of(database, f"product:{cup}")
    assert of_cup == {"product_id": cup, "kind": "adjusted", "quantity": 20, "stock": 25, "reason": "counted"}
    assert events_of(database, f"product:{kettle}")[-1] == (
        "StockLow",
        {"product_id": kettle, "sku": "K-1", "name": "Kettle", "stock": 8, "threshold": 10},
    )
    rows = [(row["action"], row["entity_id"], row["changes"]["stock"]) for row in audit.take()]
    assert rows == [("stock.adjust", cup, [5, 25]), ("stock.adjust", kettle, [10, 8])]


def test_one_impossible_change_prevents_all_and_each_is_named(database: Database, admin: Caller) -> None:
    fine, few, full, archived = (
        create(database, admin, some_details(sku=sku), stock)
        for sku, stock in zip("ABCD", (5, 1, MAX_STOCK, 9), strict=True)
    )
    archive(database, archived)

    with pytest.raises(ChangesRefused) as refused:
        change_stock(database, admin, {fine: 1, few: -2, full: 1, archived: 1})
    with pytest.raises(InvalidInput) as unknown:
        change_stock(database, admin, {fine: 1, 2**40: 1})

    assert [(each.field, each.reason) for each in refused.value.problems] == [
        ("changes.1.delta", "the stock is 1 and cannot become -1"),
        ("changes.2.delta", f"the stock is {MAX_STOCK} and cannot become {MAX_STOCK + 1}"),
        ("changes.3.id", "D is not on sale"),
    ]
    assert [each.field for each in unknown.value.problems] == ["changes.1.id"]
    assert (stock_of(database, fine), movements_of(database, fine)) == (5, [("received", 5)])


def test_repeated_request_with_its_key_changes_once(database: Database, admin: Caller) -> None:
    product_id = put_on_sale(database, stock=5)

    answers = [change_stock(database, admin, {product_id: 3}, kind="received", key="delivery") for _ in range(2)]

    assert answers == [[{"id": product_id, "stock": 8}]] * 2
    assert stock_of(database, product_id) == 8


def test_changes_of_the_same_products_at_once_do_not_deadlock(
    database: Database, database_url: str, redis_url: str, admin: Caller
) -> None:
    ids = [create(database, admin, some_details(sku=f"S-{number}"), 10) for number in range(20)]
    orders = [ids, ids[::-1], [*ids[10:], *ids[:10]], [*ids[1::2], *ids[::2]]]

    outcomes = race(bulk_change_worker, [("stock", admin.user_id, *each) for each in orders], database_url, redis_url)

    assert outcomes == ["list"] * 4
    assert {stock_of(database, each) for each in ids} == {6}
    assert disagreements(database) == {}


def test_order_and_stock_change_at_once_lose_no_unit(database: Database, connect: Connect, admin: Caller) -> None:
    products = [create(database, admin, some_details(sku=f"S-{number}"), 10) for number in range(2)]
    for _ in range(5):
        concurrently(
            lambda: change_stock(connect(), admin, dict.fromkeys(products[::-1], 1)),
            lambda: place(connect(), a_customer(database), [(each, 1) for each in products]),
        )

    assert [stock_of(database, each) for each in products] == [10, 10]
    assert disagreements(database) == {}
