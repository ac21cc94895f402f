"""Opens database connections, also those that send transactions as batches, as the function that places orders does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from microshop.platform import settings
from microshop.platform.mysql import Database
from tests.support.orders import batch_connection

type ConnectBatches = Callable[[], Database]


def open_database(url: str, *, read_timeout_seconds: int = 6) -> Database:
    """A connection to the database of a URL. The caller closes it."""
    return Database(settings.database_address(url), read_timeout_seconds=read_timeout_seconds)


@contextmanager
def batch_connections(database_url: str) -> Iterator[ConnectBatches]:
    """Yields a function that opens connections. They are closed at the end of the block."""
    made: list[Database] = []

    def connect() -> Database:
        made.append(batch_connection(database_url))
        return made[-1]

    try:
        yield connect
    finally:
        for each in made:
            each.close()
