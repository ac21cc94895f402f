"""Customers, products and queries that several modules of this folder use."""

import pytest

from microshop.caller import Caller
from microshop.orders.queries import OrderQueries
from microshop.platform.mysql import Database
from tests.support.catalogue import put_on_sale
from tests.support.orders import a_customer
from tests.support.paid_shop import PaidShop


@pytest.fixture
def queries(database: Database) -> OrderQueries:
    return OrderQueries(database)


@pytest.fixture
def product_id(database: Database) -> int:
    """A product with so many units that no test sells out."""
    return put_on_sale(database, stock=100_000)


@pytest.fixture
def ada(database: Database) -> Caller:
    return a_customer(database)


@pytest.fixture
def bob(database: Database) -> Caller:
    return a_customer(database)


@pytest.fixture
def shop(database: Database) -> PaidShop:
    return PaidShop(database)
