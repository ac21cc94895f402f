"""Opens database connections that send transactions as batches, as the function that places orders does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from microshop.platform.mysql import Database
from tests.support.orders import batch_connection

type ConnectBatches = Callable[[], Database]


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
