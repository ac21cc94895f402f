"""Units that a refund restocks."""

import pytest

from microshop.errors import (
    RefundTooLarge,
)
from microshop.payments.payment import Refund
from microshop.platform.mysql import Database
from tests.integration.conftest import Connect
from tests.support.catalogue import put_on_sale
from tests.support.payments import Till
from tests.support.records import events_of, movements_of, stock_of
from tests.support.threads import at_once


@pytest.fixture
def mug(database: Database) -> int:
    return put_on_sale(database, stock=10)


def test_refunds_restock_units_until_all_are_returned(till: Till, kettle: int, mug: int) -> None:
    order_id = till.place_and_pay((kettle, 3), (mug, 2))

    till.refund(order_id, 1000, restock=[(kettle, 1), (mug, 2)])
    till.refund(order_id, 1000, restock=[(kettle, 2)])

    assert [(line.quantity, line.returned) for line in till.order(order_id).lines] == [(3, 3), (2, 2)]
    assert movements_of(till.database, kettle)[1:] == [("sold", -3), ("returned", 1), ("returned", 2)]
    assert (stock_of(till.database, kettle), stock_of(till.database, mug)) == (10, 10)
    _, data = events_of(till.database, f"order:{order_id}")[-2]
    assert data["restocked"] == [{"product_id": kettle, "quantity": 1}, {"product_id": mug, "quantity": 2}]


@pytest.mark.parametrize("before", [0, 2])
def test_a_refund_of_more_units_than_are_left_is_refused(till: Till, kettle: int, mug: int, before: int) -> None:
    order_id = till.place_and_pay((kettle, 3), (mug, 1))
    if before:
        till.refund(order_id, 100, restock=[(kettle, before)])
    everything = till.all_rows()

    with pytest.raises(RefundTooLarge) as refused:
        till.refund(order_id, 100, restock=[(mug, 1), (kettle, 4 - before)])

    assert [problem.field for problem in refused.value.problems] == ["restock.1.quantity"]
    assert till.all_rows() == everything


def test_a_refund_of_units_that_were_not_ordered_is_refused(till: Till, kettle: int, mug: int) -> None:
    order_id = till.place_and_pay((kettle, 3))

    with pytest.raises(RefundTooLarge):
        till.refund(order_id, 100, restock=[(mug, 1)])

    assert stock_of(till.database, mug) == 10


def test_concurrent_refunds_restock_no_unit_twice(till: Till, connect: Connect, kettle: int) -> None:
    order_id, tills = till.place_and_pay((kettle, 3)), [till.on(connect()) for _ in range(8)]

    outcomes = at_once(8, lambda n: tills[n].refund(order_id, 100, restock=[(kettle, 1)]))

    assert sum(isinstance(outcome, Refund) for outcome in outcomes) == 3
    assert sum(isinstance(outcome, RefundTooLarge) for outcome in outcomes) == 5
    assert (stock_of(till.database, kettle), till.provider.total_refunded_minor) == (10, 300)
