"""A shop whose books a test may break, and its orders."""

from collections.abc import Iterator

import pytest

from microshop.platform.mysql import Database
from tests.support.paid_shop import PaidShop
from tests.support.use_cases import cancel


@pytest.fixture
def shop(database: Database) -> Iterator[PaidShop]:
    """A shop whose data is deleted after the test, because a fault may be left."""
    shop = PaidShop(database)
    yield shop
    shop.empty()


@pytest.fixture
def orders(shop: PaidShop) -> dict[str, int]:
    """A paid and partly refunded order, a cancelled one and a pending one. All their events have been handled."""
    orders = {"paid": shop.place(), "cancelled": shop.place(), "pending": shop.place()}
    shop.pay(orders["paid"])
    shop.refund(orders["paid"], 500, units=1)
    cancel(shop.database, shop.customer, orders["cancelled"])
    shop.deliver_events()
    return orders
