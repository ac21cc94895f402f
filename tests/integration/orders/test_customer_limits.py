"""The limits of one customer: the number of open orders, and the units of a line."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from copy import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from microshop.errors import InvalidInput, TooManyUnpaidOrders
from tests.support import use_cases
from tests.support.builders import NOON
from tests.support.catalogue import put_on_sale
from tests.support.order_builders import a_line, a_new_order
from tests.support.order_rows import write_orders
from tests.support.orders import RULES, a_customer, a_key, place
from tests.support.payments import Till
from tests.support.records import count, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import an_admin

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.orders.order import PaymentMethod
    from microshop.platform.mysql import Database
    from tests.integration.conftest import Connect

_TWO = replace(RULES, max_unpaid_orders=2)
_EXPLAIN = """
EXPLAIN FORMAT=TRADITIONAL
SELECT COUNT(*)
FROM orders FORCE INDEX (orders_open_of_user)
WHERE user_id = {user_id}
  AND (status = 'pending' OR (status = 'confirmed' AND payment_status = 'unpaid'))
"""


@pytest.fixture
def product_id(database: Database) -> int:
    return put_on_sale(database, stock=50)


def _place_two(database: Database, customer: Caller, product_id: int, method: PaymentMethod = "card") -> list[int]:
    items = [(product_id, 1)]
    return [place(database, customer, items, rules=_TWO, payment_method=method)["order_id"] for _ in range(2)]


@pytest.mark.parametrize("method", ["card", "cash_on_delivery"])
def test_a_customer_at_the_limit_of_open_orders_places_no_other(
    database: Database, customer: Caller, product_id: int, method: PaymentMethod
) -> None:
    _place_two(database, customer, product_id, method)

    with pytest.raises(TooManyUnpaidOrders):
        place(database, customer, [(product_id, 1)], rules=_TWO)

    assert (stock_of(database, product_id), count(database, "orders"), count(database, "outbox")) == (48, 2, 2)


def test_an_order_in_review_counts_as_open(database: Database, product_id: int) -> None:
    till = Till.open(database)
    till.place_with_timeout()

    with pytest.raises(TooManyUnpaidOrders):
        place(database, till.customer, [(product_id, 1)], rules=replace(RULES, max_unpaid_orders=1))


def test_a_cancelled_paid_or_shipped_order_does_not_count_as_open(
    database: Database, customer: Caller, product_id: int
) -> None:
    admin = an_admin(database)
    first, second = _place_two(database, customer, product_id)

    use_cases.cancel(database, customer, first)
    use_cases.confirm(database, admin, second)
    third, _ = _place_two(database, customer, product_id, "cash_on_delivery")
    use_cases.ship(database, admin, third)

    assert place(database, customer, [(product_id, 1)], rules=_TWO)["status"] == "pending"


def test_a_customer_at_the_limit_does_not_block_other_customers(
    database: Database, customer: Caller, product_id: int
) -> None:
    _place_two(database, customer, product_id)

    assert len(_place_two(database, a_customer(database), product_id)) == 2


def test_concurrent_orders_of_a_customer_do_not_exceed_the_limit(
    database: Database, connect: Connect, customer: Caller, product_id: int
) -> None:
    connections = [connect() for _ in range(20)]

    outcomes = at_once(20, lambda n: place(connections[n], customer, [(product_id, 1)], rules=_TWO))

    assert sum(isinstance(outcome, dict) for outcome in outcomes) == 2
    assert {type(outcome) for outcome in outcomes} == {dict, TooManyUnpaidOrders}
    assert (stock_of(database, product_id), count(database, "orders")) == (48, 2)


def test_an_order_waits_for_an_uncommitted_order_of_the_same_customer(
    database: Database, connect: Connect, customer: Caller, product_id: int
) -> None:
    connections, rules = [connect() for _ in range(2)], replace(RULES, max_unpaid_orders=1)
    (other := connect()).begin()
    other.rows("SELECT id FROM products WHERE id = %(id)s FOR UPDATE", {"id": product_id})

    with ThreadPoolExecutor(1) as pool:
        placed = pool.submit(at_once, 2, lambda n: place(connections[n], customer, [(product_id, 1)], rules=rules))
        time.sleep(0.5)  # both transactions have begun, and at least one waits for the product
        other.rollback()

    assert {type(outcome) for outcome in placed.result()} == {dict, TooManyUnpaidOrders}
    assert count(database, "orders") == 1


def test_concurrent_requests_with_one_key_get_the_last_allowed_order(
    database: Database, connect: Connect, customer: Caller, product_id: int
) -> None:
    connections, rules = [connect() for _ in range(20)], replace(RULES, max_unpaid_orders=1)

    answers = at_once(
        20, lambda n: place(connections[n], customer, [(product_id, 1)], rules=rules, key=a_key(customer, "one"))
    )

    assert all(answer == answers[0] for answer in answers)
    assert isinstance(answers[0], dict)
    assert count(database, "orders") == 1


def test_counting_open_orders_reads_no_ended_orders(database: Database, customer: Caller) -> None:
    line = a_line(product_id=put_on_sale(database, stock=200))
    orders = [a_new_order(line, user_id=customer.user_id, now=NOON + timedelta(hours=hour)) for hour in range(200)]
    write_orders(database, [replace(order, status="shipped") for order in orders])
    database.rows("ANALYZE TABLE orders")  # the optimizer needs the statistics of the new rows

    [plan] = database.rows(_EXPLAIN.format(user_id=customer.user_id))

    assert (plan["key"], plan["type"], "Using index" in plan["Extra"]) == ("orders_open_of_user", "range", True)


def test_a_line_with_too_many_units_is_refused(database: Database, customer: Caller, product_id: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        place(database, customer, [(product_id, 3), (product_id, 3)], rules=replace(RULES, max_units=5))

    assert [problem.field for problem in refused.value.problems] == ["items.0.quantity"]
    assert count(database, "orders") == 0


def test_a_retry_gets_the_first_answer_after_the_limits_were_lowered(
    database: Database, customer: Caller, product_id: int
) -> None:
    key, items = a_key(customer, "one"), [(product_id, 9)]
    first = place(database, customer, items, key=key)
    lower = replace(RULES, max_unpaid_orders=1, max_units=1)

    assert place(database, customer, items, key=key, rules=lower) == first
