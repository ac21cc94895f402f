"""A worker process that places, cancels or returns an order and kills itself during that.

Usage: python killed_order_worker.py JOB, with DATABASE_URL in the environment. JOB is a Job as JSON. It prints the id
of each database connection, so that tests can wait until the server has closed it.
"""

import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn, Self

from microshop.platform import settings
from microshop.platform.mysql import Database, Parameters, Row
from microshop.scopes import EVERYTHING
from tests.support.builders import a_caller
from tests.support.orders import RULES, SHIPPED_FREE, a_key, place
from tests.support.use_cases import cancel, return_parcel


@dataclass(frozen=True)
class Job:
    """Places an order of `items`, or cancels or returns `order_id`, and dies after `dies_after` statements.

    `restock` has the units of a return that are sold again.

    With `sends`, only this share of the call that places an order, from 0 to 1, is sent, and the process dies before it
    reads the answer.
    """

    user_id: int
    items: list[tuple[int, int]] = field(default_factory=list)
    key: str = ""
    order_id: int = 0
    restock: list[tuple[int, int]] | None = None
    dies_after: int = 0
    sends: float | None = None
    shipped_free: bool = False

    def to_json(self) -> str:
        """The argument of the command."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Parse this argument."""
        values = json.loads(text)
        return cls(**{**values, "items": [tuple(item) for item in values["items"]]})


class _Mortal(Database):
    """A connection that kills its process."""

    def __init__(self, job: Job) -> None:
        super().__init__(settings.database())
        self._job = job
        self._sent = 0

    def _connect(self) -> Any:
        connection: Any = super()._connect()
        print(connection.thread_id(), flush=True)
        return connection

    def _send(self, sql: str, parameters: Parameters) -> tuple[list[Row], int, int]:
        answer = super()._send(sql, parameters)
        self._sent += 1
        if self._sent == self._job.dies_after:
            _die()
        return answer

    def call(self, procedure: str, arguments: Sequence[object]) -> None:
        if self._job.sends is not None:
            self._send_only(self._job.sends)
        super().call(procedure, arguments)

    def _send_only(self, share: float) -> None:
        connection: Any = self._connection
        write = connection._write_bytes

        def write_a_part(data: bytes) -> None:
            write(data[: round(len(data) * share)])
            _die()

        connection._write_bytes = write_a_part


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("survived")


def _work(job: Job) -> None:
    database, caller = _Mortal(job), a_caller(user_id=job.user_id)
    if job.restock is not None:
        return_parcel(database, a_caller(user_id=job.user_id, scopes=EVERYTHING), job.order_id, dict(job.restock))
    elif job.order_id:
        cancel(database, caller, job.order_id)
    else:
        rules = SHIPPED_FREE if job.shipped_free else RULES
        place(database, caller, job.items, key=a_key(caller, job.key), rules=rules)


if __name__ == "__main__":
    _work(Job.from_json(sys.argv[1]))
