"""A connection to the database through a proxy."""

from collections.abc import Iterator

import pytest

from microshop.platform.mysql import Database
from tests.support.connections import open_database
from tests.support.proxy import Proxy


@pytest.fixture
def database_proxy(database: Database, database_url: str) -> Iterator[Proxy]:
    """A proxy in front of the database that counts round trips and can stop answering."""
    with Proxy(database_url) as found:
        yield found


@pytest.fixture
def database_behind_proxy(database_proxy: Proxy) -> Iterator[Database]:
    """A connection through the proxy that waits at most one second for a response."""
    connection = open_database(database_proxy.url, read_timeout_seconds=1)
    yield connection
    connection.close()
