"""Concurrent and repeated order requests, with and without idempotency keys."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from microshop.errors import IdempotencyKeyReused, OutOfStock, Unavailable
from microshop.orders.price_queries import PriceList
from microshop.orders.queries import OrderQueries
from microshop.platform import settings
from microshop.platform.mysql import Database
from tests.support.catalogue import put_on_sale
from tests.support.orders import a_customer, a_key, place
from tests.support.processlist import waits_for_stock
from tests.support.records import count, stock_of
from tests.support.threads import at_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.caller import Caller
    from microshop.orders.placing_view import OrderPlaced
    from microshop.orders.requested_lines import PricedProduct
    from tests.integration.conftest import Connect


@pytest.fixture
def caller(database: Database) -> Caller:
    return a_customer(database)


def test_sixty_four_buyers_of_ten_units_get_exactly_ten_orders(database: Database, connect: Connect) -> None:
    product = put_on_sale(database, stock=10)
    buyers = [(connect(), a_customer(database)) for _ in range(64)]

    outcomes = at_once(64, lambda n: place(*buyers[n], [(product, 1)]))

    assert sum(isinstance(outcome, dict) for outcome in outcomes) == 10
    assert {type(outcome) for outcome in outcomes} == {dict, OutOfStock}
    assert stock_of(database, product) == 0
    assert count(database, "outbox") == 10


def test_concurrent_carts_with_the_same_products_do_not_deadlock(database: Database, connect: Connect) -> None:
    products = [put_on_sale(database, stock=40) for _ in range(3)]
    buyers = [(connect(), a_customer(database)) for _ in range(32)]

    def shop(number: int) -> int:
        placed = 0
        for _ in range(3):
            cart = [(product, 1) for product in random.sample(products, 3)]
            try:
                place(*buyers[number], cart)
                placed += 1
            except OutOfStock:
                pass
        return placed

    outcomes = at_once(32, shop)

    assert sum(outcome for outcome in outcomes if isinstance(outcome, int)) == 40
    assert [stock_of(database, product) for product in products] == [0, 0, 0]


def test_concurrent_requests_with_one_key_place_one_order(database: Database, connect: Connect, caller: Caller) -> None:
    product, connections = put_on_sale(database, stock=50), [connect() for _ in range(20)]

    answers = at_once(20, lambda n: place(connections[n], caller, [(product, 1)], key=a_key(caller, "one")))

    assert all(answer == answers[0] for answer in answers)
    assert isinstance(answers[0], dict)
    assert (stock_of(database, product), count(database, "orders")) == (49, 1)


def test_concurrent_requests_with_one_key_are_all_refused(database: Database, connect: Connect, caller: Caller) -> None:
    product, connections = put_on_sale(database, stock=5), [connect() for _ in range(20)]

    outcomes = at_once(20, lambda n: place(connections[n], caller, [(product, 6)], key=a_key(caller, "one")))

    assert {type(outcome) for outcome in outcomes} == {OutOfStock}


def test_a_request_gets_the_answer_of_its_retry_that_took_the_last_unit(
    database: Database, connect: Connect, caller: Caller
) -> None:
    product, key = put_on_sale(database, stock=1), a_key(caller, "one")
    first, second = connect(), connect()
    answers: list[OrderPlaced] = []

    class LatePriceList(PriceList):
        """The retry commits after the key was looked up and before the prices are read."""

        def prices(self, product_ids: Sequence[int]) -> dict[int, PricedProduct]:
            if not answers:
                answers.append(place(first, caller, [(product, 1)], key=key))
            return super().prices(product_ids)

    again = place(second, caller, [(product, 1)], key=key, price_list=LatePriceList(second))

    assert [again] == answers
    assert count(database, "orders") == 1


def test_an_order_whose_commit_got_no_answer_is_found(database: Database, database_url: str, caller: Caller) -> None:
    product = put_on_sale(database, stock=5)

    class LosingDatabase(Database):
        """Loses the connection after the order is committed."""

        def call(self, procedure: str, arguments: Sequence[object]) -> None:
            super().call(procedure, arguments)
            self.close()
            raise Unavailable("database", "lost")

    address = settings.database_address(database_url)
    connection = LosingDatabase(address)

    answer = place(connection, caller, [(product, 1)], key=a_key(caller, "one"))

    assert OrderQueries(database).by_id(answer["order_id"], caller.user_id)
    assert (count(database, "orders"), stock_of(database, product)) == (1, 4)
    connection.close()


def test_a_key_that_is_reused_with_another_body_is_refused(database: Database, caller: Caller) -> None:
    product = put_on_sale(database, stock=5)
    place(database, caller, [(product, 1)], key=a_key(caller, "one", "body"))

    with pytest.raises(IdempotencyKeyReused):
        place(database, caller, [(product, 2)], key=a_key(caller, "one", "other"))

    assert stock_of(database, product) == 4


def test_two_customers_may_use_the_same_key(database: Database) -> None:
    product = put_on_sale(database, stock=5)
    callers = [a_customer(database) for _ in range(2)]

    ids = {place(database, caller, [(product, 1)], key=a_key(caller, "one"))["order_id"] for caller in callers}

    assert len(ids) == 2


def test_an_order_whose_connection_is_killed_while_it_waits_is_not_placed(
    database: Database, connect: Connect, caller: Caller
) -> None:
    product, key = put_on_sale(database, stock=5), a_key(caller, "one")
    holder, buyer = connect(), connect()
    [own] = buyer.rows("SELECT CONNECTION_ID() AS id")
    holder.begin()
    holder.rows("SELECT id FROM products FOR UPDATE")

    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(place, buyer, caller, [(product, 1)], key=key)
        while not waits_for_stock(database, own["id"]):
            pass
        database.execute(f"KILL CONNECTION {own['id']}")
        with pytest.raises(Unavailable):
            waiting.result()
    holder.rollback()

    assert (count(database, "orders"), count(database, "idempotency_keys"), stock_of(database, product)) == (0, 0, 5)
    assert place(buyer, caller, [(product, 1)], key=key)["status"] == "pending"
