"""Makes connections that send transactions as packets, as the function that places orders has one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from microshop.platform.mysql import Database
from tests.support.orders import packet_connection

type ConnectPackets = Callable[[], Database]


@contextmanager
def packet_connections(database_url: str) -> Iterator[ConnectPackets]:
    """Makes as many as are asked for; they are closed with the block."""
    made: list[Database] = []

    def connect() -> Database:
        made.append(packet_connection(database_url))
        return made[-1]

    try:
        yield connect
    finally:
        for each in made:
            each.close()
