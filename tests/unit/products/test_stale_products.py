"""Products that an event makes stale in the cache."""

from microshop.products.stale_products import stale_products
from tests.support.event_types import received


def test_event_of_a_product_makes_that_product_stale() -> None:
    events = ["ProductCreated", "ProductUpdated", "ProductArchived", "StockChanged"]

    assert [name for name in events if stale_products(received(name, product_id=7)) != [7]] == []


def test_event_that_moves_stock_makes_every_product_of_the_order_stale() -> None:
    lines, events = (
        [{"product_id": 9}, {"product_id": 7}, {"product_id": 9}],
        ["OrderCreated", "OrderCancelled", "OrderExpired"],
    )

    assert [name for name in events if stale_products(received(name, lines=lines)) != [7, 9]] == []


def test_returned_units_make_their_products_stale() -> None:
    lines, restocked = [{"product_id": 8}], [{"product_id": 9}, {"product_id": 7}]

    for name in ("OrderRefunded", "OrderReturned"):
        assert stale_products(received(name, lines=lines, restocked=restocked)) == [7, 9], name


def test_refund_without_units_makes_no_product_stale() -> None:
    assert stale_products(received("OrderRefunded", restocked=[])) == []
