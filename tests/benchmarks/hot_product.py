"""The orders per second of one product: `python -m tests.benchmarks.hot_product` prints a table.

Sixteen buyers order at the same time. Each round trip takes half a millisecond longer, as in a network. The table
compares three ways to send the same statements. Compare only ratios of one run: the rates depend on the machine.
"""

import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from microshop.migrations.runner import migrate
from microshop.platform import settings
from microshop.platform.mysql import Database, Parameters, Row, Statement
from tests.support.catalogue import put_on_sale
from tests.support.orders import a_customer, place
from tools.local.backing_services import BackingServices

_BUYERS = 16
_SECONDS = 5.0
_NETWORK_SECONDS = 0.0005


class InOneBatch(Database):
    """The way of the shop: all statements in one round trip."""

    def _send(self, sql: str, parameters: Parameters) -> tuple[list[Row], int, int]:
        time.sleep(_NETWORK_SECONDS)
        return super()._send(sql, parameters)

    def _send_batch(self, statements: Sequence[Statement]) -> None:
        time.sleep(_NETWORK_SECONDS)
        super()._send_batch(statements)


class StatementByStatement(InOneBatch):
    """The same transaction, with a round trip for each statement. The stock is still updated last."""

    def _send_batch(self, statements: Sequence[Statement]) -> None:
        for sql, parameters in statements:
            self._send(sql, parameters)


class LockedFirst(InOneBatch):
    """Locks the product's row first, as SELECT … FOR UPDATE does."""

    def _send_batch(self, statements: Sequence[Statement]) -> None:
        for number, (sql, parameters) in enumerate(statements):
            self._send(sql, parameters)
            if number == 0:
                self._send("SELECT id FROM products FOR UPDATE", ())


def orders_per_second(url: str, way: type[Database]) -> float:
    """Returns the orders per second that sixteen buyers of one product place."""
    address = settings.database_address(url)
    connections = [way(address, batches=True) for _ in range(_BUYERS)]
    callers = [a_customer(connection) for connection in connections]
    for table in ("stock_movements", "products"):
        connections[0].execute(f"DELETE FROM {table}")  # noqa: S608 - a constant
    product, placed, over = put_on_sale(connections[0], stock=1_000_000), [0] * _BUYERS, threading.Event()

    def buy(number: int) -> None:
        while not over.is_set():
            place(connections[number], callers[number], [(product, 1)])
            placed[number] += 1

    threads = [threading.Thread(target=buy, args=(number,)) for number in range(_BUYERS)]
    for thread in threads:
        thread.start()
    over.wait(_SECONDS)
    over.set()
    for thread in threads:
        thread.join()
    for connection in connections:
        connection.close()
    return sum(placed) / _SECONDS


def main() -> None:
    """Print the table."""
    with (
        tempfile.TemporaryDirectory(prefix="microshop-benchmark-") as folder,
        BackingServices(Path(folder), progress=lambda _: None) as servers,
    ):
        migrate(servers.migration_database_url)
        found = {
            way: orders_per_second(servers.database_url, way) for way in (LockedFirst, StatementByStatement, InOneBatch)
        }
    print("| Way | Orders per second | Ratio |\n|---|---|---|")
    for way, rate in found.items():
        print(f"| {way.__name__} | {rate:.0f} | {rate / found[LockedFirst]:.1f} |")


if __name__ == "__main__":
    main()
