"""Buyers of one product. Each is a process with its own connection, like an execution environment of Lambda."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from microshop.errors import TransactionConflict
from microshop.orders.price_queries import PriceList
from microshop.platform import settings
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import DuplicateKey
from tests.support.builders import a_caller
from tests.support.orders import place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

    from tests.benchmarks.hot_product.ways import Way

_FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Bought:
    """The orders that a buyer placed, and its CPU time for them."""

    orders: int
    cpu_seconds: float


class Buyers:
    """A context manager that runs the processes.

    Args:
        url: of the database through the network.
        parameters: the names of the procedure's parameters.
        customers: the ids of each buyer's customers, who take turns, so that none has many open orders.
    """

    def __init__(
        self, url: str, parameters: Sequence[str], product_id: int, customers: Sequence[Sequence[int]]
    ) -> None:
        self._pipes: list[Connection] = []
        self._processes = []
        for ids in customers:
            pipe, end = _FORK.Pipe()
            buyer = _Buyer(url, parameters, product_id, ids)
            self._pipes.append(pipe)
            self._processes.append((_FORK.Process(target=buyer.work, args=(end,), daemon=True), end))

    def __enter__(self) -> Self:
        for process, end in self._processes:
            process.start()
            end.close()  # so that a buyer that dies ends the benchmark
        return self

    def __exit__(self, *_: object) -> None:
        for process, _end in self._processes:
            process.terminate()
            process.join()

    def prepare(self, count: int, way: type[Way], orders: int) -> None:
        """Let the first `count` buyers connect and compute so many orders."""
        for pipe in self._pipes[:count]:
            pipe.send((way, orders))
        for pipe in self._pipes[:count]:
            pipe.recv()

    def buy(self, count: int, start: float, end: float) -> list[Bought]:
        """Let them place orders between two times of the monotonic clock."""
        for pipe in self._pipes[:count]:
            pipe.send((start, end))
        return [pipe.recv() for pipe in self._pipes[:count]]


class _Recorder(Database):
    """Records the arguments of the procedure instead of calling it."""

    arguments: Sequence[object] = ()

    def call(self, procedure: str, arguments: Sequence[object]) -> None:  # noqa: ARG002 - there is one procedure
        self.arguments = arguments


class _Buyer:
    """The work of one process."""

    def __init__(self, url: str, parameters: Sequence[str], product_id: int, customers: Sequence[int]) -> None:
        self._address, self._parameters, self._product_id = settings.database_address(url), parameters, product_id
        self._callers = [a_caller(user_id=user_id) for user_id in customers]
        self._computed: list[Sequence[object]] = []

    def work(self, pipe: Connection) -> None:
        """Prepare and buy, until the process is terminated."""
        recorder = _Recorder(self._address)
        while True:
            way, orders = pipe.recv()
            # Idle connections would cost the proxy time.
            connection = way(self._address, self._parameters)
            while len(self._computed) < orders:
                self._place(recorder)
                self._computed.append(recorder.arguments)
            recorder.close()
            self._buy_one(connection)  # connects, and the server compiles the procedure
            pipe.send(None)
            start, end = pipe.recv()
            time.sleep(max(0.0, start - time.monotonic()))
            placed, cpu = 0, time.process_time()
            while time.monotonic() < end:
                placed += self._buy_one(connection)
            pipe.send(Bought(placed, time.process_time() - cpu))
            connection.close()

    def _buy_one(self, connection: Way) -> bool:
        """Place an order. Returns False if it was refused, because another one has the same id."""
        with contextlib.suppress(DuplicateKey, TransactionConflict):
            if connection.computes_orders or not self._computed:
                self._place(connection)
            else:
                PriceList(connection).prices([self._product_id])
                connection.call("place_order_1", self._computed.pop())
            return True
        return False

    def _place(self, connection: Database) -> None:
        self._callers.append(self._callers.pop(0))
        place(connection, self._callers[0], [(self._product_id, 1)])
