"""Which products an event makes stale in the cache."""

import pytest

from microshop.products.stale import stale_products
from tests.support.event_types import received


@pytest.mark.parametrize("event_type", ["ProductCreated", "ProductUpdated", "ProductArchived", "StockChanged"])
def test_what_happens_to_a_product_makes_it_stale(event_type: str) -> None:
    assert stale_products(received(event_type, product_id=7)) == [7]


@pytest.mark.parametrize("event_type", ["OrderCreated", "OrderCancelled", "OrderExpired"])
def test_what_takes_stock_or_gives_it_back_makes_every_product_of_the_order_stale(event_type: str) -> None:
    lines = [{"product_id": 9}, {"product_id": 7}, {"product_id": 9}]

    assert stale_products(received(event_type, lines=lines)) == [7, 9]


def test_a_refund_makes_those_products_stale_of_which_units_came_back() -> None:
    event = received("OrderRefunded", lines=[{"product_id": 8}], restocked=[{"product_id": 9}, {"product_id": 7}])

    assert stale_products(event) == [7, 9]


def test_a_refund_of_money_alone_makes_no_product_stale() -> None:
    assert stale_products(received("OrderRefunded", restocked=[])) == []
