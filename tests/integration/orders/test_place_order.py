"""Placing orders on the real database: what is written, what is refused, and who wins a race."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from microshop.errors import IdempotencyKeyReused, NotChargeable, NotOnSale, OutOfStock, Unauthenticated, Unavailable
from microshop.orders.price_queries import PriceList
from microshop.orders.pricing import Terms
from microshop.orders.queries import OrderQueries
from microshop.payments.providers import charge_limits
from microshop.platform import settings
from microshop.platform.mysql import Database, Statement
from tests.support.catalogue import put_on_sale
from tests.support.orders import RULES, a_customer, a_key, batch_connection, place
from tests.support.proxy import Proxy
from tests.support.threads import at_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.caller import Caller
    from microshop.orders.placing_view import OrderPlaced
    from microshop.orders.requested_lines import PricedProduct
    from tests.support.connections import ConnectBatches

_CHARGED_BY_STRIPE = replace(RULES, terms=Terms(0, None, 0), card_limits=charge_limits("stripe", "USD"))


@pytest.fixture
def caller(database: Database) -> Caller:
    return a_customer(database)


def _stock(database: Database, product_id: int) -> int:
    row = database.row("SELECT stock FROM products WHERE id = %(id)s", {"id": product_id})
    assert row is not None
    return int(row["stock"])


def _count(database: Database, table: str) -> int:
    row = database.row(f"SELECT COUNT(*) AS count FROM {table}")  # noqa: S608 - a constant
    assert row is not None
    return int(row["count"])


def test_an_order_has_its_lines_its_charges_and_its_first_history_entry(
    database: Database, batching: Database, caller: Caller
) -> None:
    kettle = put_on_sale(database, name="Kettle", price_minor=1999, stock=5)
    mug = put_on_sale(database, name="Mug 😀", price_minor=590, stock=5)

    answer = place(batching, caller, [(mug, 1), (kettle, 2), (mug, 1)])

    order = OrderQueries(database).by_id(answer["order_id"], caller.user_id)
    assert order is not None
    assert [(line.name, line.unit_price_minor, line.quantity) for line in order.lines] == [
        ("Mug 😀", 590, 2),
        ("Kettle", 1999, 2),
    ]
    assert (order.subtotal_minor, order.shipping_minor, order.total_minor) == (5178, 0, 5178)
    assert order.tax_minor == 863
    assert (order.state, order.version) == (("pending", "unpaid"), 1)
    assert [entry.action for entry in OrderQueries(database).history(order.id)] == ["placed"]
    assert (_stock(database, kettle), _stock(database, mug)) == (3, 3)


def test_placing_takes_two_round_trips(database: Database, database_url: str, caller: Caller) -> None:
    product = put_on_sale(database, stock=5)
    with Proxy(database_url) as proxy:
        connection = batch_connection(proxy.url)
        place(connection, caller, [(product, 1)])
        before = proxy.round_trips

        place(connection, caller, [(product, 1)])

        assert proxy.round_trips - before == 2
        connection.close()


def test_what_is_short_is_named_and_leaves_no_trace(database: Database, batching: Database, caller: Caller) -> None:
    plenty, few = put_on_sale(database, stock=50), put_on_sale(database, stock=2)

    with pytest.raises(OutOfStock) as refused:
        place(batching, caller, [(plenty, 1), (few, 1), (few, 2)], key=a_key(caller, "k"))

    assert [(problem.field, problem.reason) for problem in refused.value.problems] == [
        ("items.1.quantity", "only 2 left")
    ]
    assert [_count(database, table) for table in ("orders", "order_history", "outbox", "idempotency_keys")] == [0] * 4


def test_what_is_not_on_sale_is_named(database: Database, batching: Database, caller: Caller) -> None:
    archived = put_on_sale(database, archived=True)

    with pytest.raises(NotOnSale) as refused:
        place(batching, caller, [(archived, 1), (2**62, 1)])

    assert [problem.field for problem in refused.value.problems] == ["items.0.product_id", "items.1.product_id"]


@pytest.mark.parametrize(
    ("price_minor", "reason"),
    [
        (49, "a card cannot be charged less than 0.50 USD, and the total is 0.49 USD"),
        (100_000_000, "a card cannot be charged more than 999999.99 USD, and the total is 1000000.00 USD"),
    ],
)
def test_an_order_is_refused_when_a_card_cannot_be_charged_its_total(
    database: Database, batching: Database, caller: Caller, price_minor: int, reason: str
) -> None:
    product = put_on_sale(database, price_minor=price_minor, stock=5)

    with pytest.raises(NotChargeable) as refused:
        place(batching, caller, [(product, 1)], rules=_CHARGED_BY_STRIPE, key=a_key(caller, "k"))

    assert [(problem.field, problem.reason) for problem in refused.value.problems] == [("payment_method", reason)]
    assert [_count(database, table) for table in ("orders", "outbox", "idempotency_keys")] == [0] * 3


def test_an_order_is_refused_when_its_total_is_too_fine_for_cards(
    database: Database, batching: Database, caller: Caller
) -> None:
    product = put_on_sale(database, price_minor=1234, currency="KWD", stock=5)
    rules = replace(_CHARGED_BY_STRIPE, currency="KWD", card_limits=charge_limits("stripe", "KWD"))

    with pytest.raises(NotChargeable, match="cannot be charged"):
        place(batching, caller, [(product, 1)], rules=rules)


@pytest.mark.parametrize("price_minor", [50, 99_999_999])
def test_an_order_is_taken_at_the_limits_of_a_card(
    database: Database, batching: Database, caller: Caller, price_minor: int
) -> None:
    product = put_on_sale(database, price_minor=price_minor, stock=5)

    assert place(batching, caller, [(product, 1)], rules=_CHARGED_BY_STRIPE)["status"] == "pending"


def test_cash_on_delivery_has_no_minimum(database: Database, batching: Database, caller: Caller) -> None:
    product = put_on_sale(database, price_minor=1, stock=5)

    placed = place(batching, caller, [(product, 1)], payment_method="cash_on_delivery", rules=_CHARGED_BY_STRIPE)

    assert (placed["status"], placed["total"]) == ("confirmed", "0.01")


def test_sixty_four_buyers_of_ten_units_get_exactly_ten_orders(
    database: Database, connect_batches: ConnectBatches
) -> None:
    product = put_on_sale(database, stock=10)
    buyers = [(connect_batches(), a_customer(database)) for _ in range(64)]

    outcomes = at_once(64, lambda n: place(*buyers[n], [(product, 1)]))

    assert sum(isinstance(outcome, dict) for outcome in outcomes) == 10
    assert {type(outcome) for outcome in outcomes} == {dict, OutOfStock}
    assert _stock(database, product) == 0
    assert _count(database, "outbox") == 10


def test_carts_of_hot_products_in_any_order_do_not_deadlock(
    database: Database, connect_batches: ConnectBatches
) -> None:
    products = [put_on_sale(database, stock=40) for _ in range(3)]
    buyers = [(connect_batches(), a_customer(database)) for _ in range(32)]

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
    assert [_stock(database, product) for product in products] == [0, 0, 0]


def test_one_key_twenty_times_at_once_is_one_order_and_twenty_equal_answers(
    database: Database, connect_batches: ConnectBatches, caller: Caller
) -> None:
    product, connections = put_on_sale(database, stock=50), [connect_batches() for _ in range(20)]

    answers = at_once(20, lambda n: place(connections[n], caller, [(product, 1)], key=a_key(caller, "one")))

    assert all(answer == answers[0] for answer in answers)
    assert isinstance(answers[0], dict)
    assert (_stock(database, product), _count(database, "orders")) == (49, 1)


def test_one_key_twenty_times_at_once_for_too_few_units_is_twenty_refusals(
    database: Database, connect_batches: ConnectBatches, caller: Caller
) -> None:
    product, connections = put_on_sale(database, stock=5), [connect_batches() for _ in range(20)]

    outcomes = at_once(20, lambda n: place(connections[n], caller, [(product, 6)], key=a_key(caller, "one")))

    assert {type(outcome) for outcome in outcomes} == {OutOfStock}


def test_a_request_that_finds_nothing_left_because_of_its_own_twin_gets_the_twins_answer(
    database: Database, connect_batches: ConnectBatches, caller: Caller
) -> None:
    product, key = put_on_sale(database, stock=1), a_key(caller, "one")
    first, second = connect_batches(), connect_batches()
    answers: list[OrderPlaced] = []

    class PricesReadTooLate(PriceList):
        """The twin commits after the key was looked up and before the prices are read."""

        def prices(self, product_ids: Sequence[int]) -> dict[int, PricedProduct]:
            if not answers:
                answers.append(place(first, caller, [(product, 1)], key=key))
            return super().prices(product_ids)

    again = place(second, caller, [(product, 1)], key=key, price_list=PricesReadTooLate(second))

    assert [again] == answers
    assert _count(database, "orders") == 1


def test_an_answer_that_was_lost_after_the_commit_is_found_again(
    database: Database, database_url: str, caller: Caller
) -> None:
    product = put_on_sale(database, stock=5)

    class LosesTheAnswer(Database):
        """The connection breaks when the batch has been answered."""

        def execute_batch(self, statements: Sequence[Statement]) -> None:
            super().execute_batch(statements)
            self.close()
            raise Unavailable("database", "lost")

    address = settings.database_address(database_url)
    connection = LosesTheAnswer(address, batches=True)

    answer = place(connection, caller, [(product, 1)], key=a_key(caller, "one"))

    assert OrderQueries(database).by_id(answer["order_id"], caller.user_id)
    assert (_count(database, "orders"), _stock(database, product)) == (1, 4)
    connection.close()


def test_a_product_that_is_priced_in_another_currency_is_not_on_sale(
    database: Database, batching: Database, caller: Caller
) -> None:
    product = put_on_sale(database, stock=5)
    database.execute("UPDATE products SET currency = 'EUR'")

    with pytest.raises(NotOnSale):
        place(batching, caller, [(product, 1)])


def test_who_has_no_account_any_more_places_no_order(database: Database, batching: Database, caller: Caller) -> None:
    product = put_on_sale(database, stock=5)
    database.execute("DELETE FROM users")

    with pytest.raises(Unauthenticated):
        place(batching, caller, [(product, 1)])

    assert _stock(database, product) == 5


def test_a_key_with_another_body_is_refused(database: Database, batching: Database, caller: Caller) -> None:
    product = put_on_sale(database, stock=5)
    place(batching, caller, [(product, 1)], key=a_key(caller, "one", "body"))

    with pytest.raises(IdempotencyKeyReused):
        place(batching, caller, [(product, 2)], key=a_key(caller, "one", "other"))

    assert _stock(database, product) == 4


def test_two_customers_may_use_the_same_key(database: Database, batching: Database) -> None:
    product = put_on_sale(database, stock=5)
    callers = [a_customer(database) for _ in range(2)]

    ids = {place(batching, caller, [(product, 1)], key=a_key(caller, "one"))["order_id"] for caller in callers}

    assert len(ids) == 2
