"""Placing orders on the real database."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

import pytest

from microshop.errors import InvalidInput, NotChargeable, NotOnSale, OutOfStock, Unauthenticated
from microshop.orders.pricing import Terms
from microshop.orders.queries import OrderQueries
from microshop.payments.providers import charge_limits
from tests.support.address_book import AddressBook, an_address
from tests.support.catalogue import put_on_sale
from tests.support.connections import open_database
from tests.support.orders import RULES, a_customer, a_key, place, stored_order
from tests.support.proxy import Proxy
from tests.support.records import count, stock_of

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.platform.mysql import Database

_CHARGED_BY_STRIPE = replace(RULES, terms=Terms(0, None, 0), card_limits=charge_limits("stripe", "USD"))


@pytest.fixture
def caller(database: Database) -> Caller:
    return a_customer(database)


def test_a_placed_order_has_lines_charges_and_a_history_entry(database: Database, caller: Caller) -> None:
    kettle = put_on_sale(database, name="Kettle", price_minor=1999, stock=5)
    mug = put_on_sale(database, name="Mug 😀", price_minor=590, stock=5)

    answer = place(database, caller, [(mug, 1), (kettle, 2), (mug, 1)])

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
    assert (stock_of(database, kettle), stock_of(database, mug)) == (3, 3)


def test_placing_an_order_takes_two_round_trips(database: Database, database_url: str, caller: Caller) -> None:
    product = put_on_sale(database, stock=5)
    with Proxy(database_url) as proxy:
        connection = open_database(proxy.url)
        place(connection, caller, [(product, 1)])
        before = proxy.round_trips

        place(connection, caller, [(product, 1)])

        assert proxy.round_trips - before == 2
        connection.close()


def test_an_order_to_a_saved_address_takes_two_round_trips_too(
    database: Database, database_url: str, caller: Caller
) -> None:
    product, saved = put_on_sale(database, stock=5), AddressBook(caller.user_id, database).add()
    with Proxy(database_url) as proxy:
        connection = open_database(proxy.url)
        connection.rows("SELECT 1")
        before = proxy.round_trips

        placed = place(connection, caller, [(product, 1)], address_id=saved.id)

        assert proxy.round_trips - before == 2
        connection.close()
    assert stored_order(database, placed["order_id"]).address == an_address()


def test_an_order_to_an_address_of_somebody_else_changes_nothing(database: Database, caller: Caller) -> None:
    product, saved = put_on_sale(database, stock=5), AddressBook(a_customer(database).user_id, database).add()

    with pytest.raises(InvalidInput) as refused:
        place(database, caller, [(product, 1)], address_id=saved.id)

    assert [problem.field for problem in refused.value.problems] == ["address_id"]
    assert (stock_of(database, product), count(database, "orders")) == (5, 0)


def test_an_order_of_too_many_units_is_refused_and_changes_nothing(database: Database, caller: Caller) -> None:
    plenty, few = put_on_sale(database, stock=50), put_on_sale(database, stock=2)

    with pytest.raises(OutOfStock) as refused:
        place(database, caller, [(plenty, 1), (few, 1), (few, 2)], key=a_key(caller, "k"))

    assert [(problem.field, problem.reason) for problem in refused.value.problems] == [
        ("items.1.quantity", "only 2 left")
    ]
    assert [count(database, table) for table in ("orders", "order_history", "outbox", "idempotency_keys")] == [0] * 4


def test_an_order_names_each_product_that_is_not_on_sale(database: Database, caller: Caller) -> None:
    archived = put_on_sale(database, archived=True)

    with pytest.raises(NotOnSale) as refused:
        place(database, caller, [(archived, 1), (2**62, 1)])

    assert [problem.field for problem in refused.value.problems] == ["items.0.product_id", "items.1.product_id"]


@pytest.mark.parametrize(
    ("price_minor", "reason"),
    [
        (49, "a card cannot be charged less than 0.50 USD, and the total is 0.49 USD"),
        (100_000_000, "a card cannot be charged more than 999999.99 USD, and the total is 1000000.00 USD"),
    ],
)
def test_an_order_is_refused_when_a_card_cannot_be_charged_its_total(
    database: Database, caller: Caller, price_minor: int, reason: str
) -> None:
    product = put_on_sale(database, price_minor=price_minor, stock=5)

    with pytest.raises(NotChargeable) as refused:
        place(database, caller, [(product, 1)], rules=_CHARGED_BY_STRIPE, key=a_key(caller, "k"))

    assert [(problem.field, problem.reason) for problem in refused.value.problems] == [("payment_method", reason)]
    assert [count(database, table) for table in ("orders", "outbox", "idempotency_keys")] == [0] * 3


def test_an_order_is_refused_when_its_total_has_too_many_digits(database: Database, caller: Caller) -> None:
    product = put_on_sale(database, price_minor=1234, currency="KWD", stock=5)
    rules = replace(_CHARGED_BY_STRIPE, currency="KWD", card_limits=charge_limits("stripe", "KWD"))

    with pytest.raises(NotChargeable, match="cannot be charged"):
        place(database, caller, [(product, 1)], rules=rules)


@pytest.mark.parametrize("price_minor", [50, 99_999_999])
def test_an_order_is_accepted_at_the_limits_of_a_card(database: Database, caller: Caller, price_minor: int) -> None:
    product = put_on_sale(database, price_minor=price_minor, stock=5)

    assert place(database, caller, [(product, 1)], rules=_CHARGED_BY_STRIPE)["status"] == "pending"


def test_cash_on_delivery_has_no_minimum(database: Database, caller: Caller) -> None:
    product = put_on_sale(database, price_minor=1, stock=5)

    placed = place(database, caller, [(product, 1)], payment_method="cash_on_delivery", rules=_CHARGED_BY_STRIPE)

    assert (placed["status"], placed["total"]) == ("confirmed", "0.01")


def test_a_product_priced_in_another_currency_is_not_on_sale(database: Database, caller: Caller) -> None:
    product = put_on_sale(database, stock=5)
    database.execute("UPDATE products SET currency = 'EUR'")

    with pytest.raises(NotOnSale):
        place(database, caller, [(product, 1)])


def test_a_deleted_user_places_no_order(database: Database, caller: Caller) -> None:
    product = put_on_sale(database, stock=5)
    database.execute("DELETE FROM users")

    with pytest.raises(Unauthenticated):
        place(database, caller, [(product, 1)])

    assert stock_of(database, product) == 5
