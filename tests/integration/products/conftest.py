"""Queries of products, and a connection to Redis through a proxy."""

from collections.abc import Iterator

import pytest

from microshop.platform import settings
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.products.category_queries import CategoryQueries
from microshop.products.queries import ProductQueries
from tests.support.proxy import Proxy


@pytest.fixture
def queries(database: Database) -> ProductQueries:
    return ProductQueries(database)


@pytest.fixture
def categories(database: Database) -> CategoryQueries:
    return CategoryQueries(database, "USD")


@pytest.fixture
def proxy(redis: Redis, redis_url: str) -> Iterator[Proxy]:
    """A proxy in front of Redis that counts round trips and can stop answering."""
    with Proxy(redis_url) as found:
        yield found


@pytest.fixture
def behind_proxy(proxy: Proxy) -> Iterator[Redis]:
    """A connection to Redis through the proxy."""
    connection = Redis(settings.redis_address(proxy.url))
    yield connection
    connection.close()
