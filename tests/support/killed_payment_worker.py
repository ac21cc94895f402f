"""A process that forks workers. Each runs one job on a payment and kills itself during it.

Usage: python killed_payment_worker.py FILE, with DATABASE_URL in the environment. FILE is the state of a FileProvider.
It reads one Job as JSON from each line, and answers with a line of JSON: the ids of the job's database connections, and
whether the job survived.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn, Self

from microshop.errors import WrongOrderState
from microshop.platform import settings
from microshop.platform.mysql import Database, Parameters, Row
from microshop.scopes import EVERYTHING
from tests.support.builders import a_caller
from tests.support.file_provider import FileProvider
from tests.support.payments import Till

EVENT = "evt_of_{order_id}"


@dataclass(frozen=True)
class Job:
    """Runs the action `name` on an order, and dies after `dies_after` statements; 0 is never."""

    name: str
    order_id: int
    customer_id: int
    admin_id: int
    product_id: int
    dies_after: int = 0

    def to_json(self) -> str:
        """The line of the process's input."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Parse such a line."""
        return cls(**json.loads(text))


def do(job: Job, till: Till) -> None:
    """Run the job."""
    _ACTIONS[job.name](till, job)


def _start(till: Till, job: Job) -> None:
    till.start(job.order_id)


def _settle(till: Till, job: Job) -> None:
    till.provider.find(till.reference(job.order_id))
    till.receive(till.intent(job.order_id), EVENT.format(order_id=job.order_id))


def _settle_refund(till: Till, job: Job) -> None:
    [made] = till.provider.refunds_of(till.reference(job.order_id))
    till.receive(made, EVENT.format(order_id=job.order_id))


def _settle_dispute(till: Till, job: Job) -> None:
    till.provider.find(till.reference(job.order_id))
    [dispute] = till.provider.disputes_of(till.reference(job.order_id))
    till.receive(dispute, EVENT.format(order_id=job.order_id))


def _cancel_disputed(till: Till, job: Job) -> None:
    """Resolve a requested refund, before and after the end of the dispute that holds it."""
    till.resolve()
    till.provider.find(till.reference(job.order_id))
    [dispute] = till.provider.disputes_of(till.reference(job.order_id))
    till.receive(dispute, EVENT.format(order_id=job.order_id))
    till.resolve()


def _expire(till: Till, job: Job) -> None:
    till.expire(job.order_id)


def _refund(till: Till, job: Job) -> None:
    key = till.key(f"of-{job.order_id}", job.order_id)
    till.refund(job.order_id, 1999, restock=[(job.product_id, 1)], key=key)


def _refund_nothing(till: Till, job: Job) -> None:
    key = till.key(f"of-{job.order_id}", job.order_id)
    till.refund(job.order_id, restock=[(job.product_id, 2)], key=key)


def _cancel(till: Till, job: Job) -> None:
    with suppress(WrongOrderState):  # it is cancelled already
        till.cancel(job.order_id)
    till.resolve()


def _resolve(till: Till, _job: Job) -> None:
    till.resolve()


_ACTIONS: dict[str, Callable[[Till, Job], None]] = {
    "start": _start,
    "settle": _settle,
    "expire": _expire,
    "refund": _refund,
    "refund nothing": _refund_nothing,
    "settle refund": _settle_refund,
    "settle dispute": _settle_dispute,
    "settle lost dispute": _settle_dispute,
    "refund after a dispute": _cancel_disputed,
    "cancel": _cancel,
    "resolve refund": _resolve,
    "resolve unknown": _resolve,
    "resolve abandoned": _resolve,
}


class _Mortal(Database):
    """A connection that kills its process, and reports its id."""

    def __init__(self, dies_after: int, ids: int) -> None:
        super().__init__(settings.database())
        self._left, self._ids = dies_after, ids

    def _connect(self) -> Any:
        connection: Any = super()._connect()
        os.write(self._ids, f"{connection.thread_id()} ".encode())
        return connection

    def _send(self, sql: str, parameters: Parameters) -> tuple[list[Row], int, int]:
        answer = super()._send(sql, parameters)
        self._left -= 1
        if self._left == 0:
            _die()
        return answer


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("survived")


def _work(job: Job, provider: Path, ids: int) -> None:
    database = _Mortal(job.dies_after, ids)
    customer, admin = a_caller(user_id=job.customer_id), a_caller(user_id=job.admin_id, scopes=EVERYTHING)
    do(job, Till(database, customer, admin, FileProvider(provider)))


def _run_in_fork(job: Job, provider: Path) -> dict[str, Any]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _work(job, provider, writer)
        os._exit(0)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reader) as ids:
        connections = [int(number) for number in ids.read().split()]
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), code
    return {"connections": connections, "survived": code == 0}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(_run_in_fork(Job.from_json(line), Path(sys.argv[1]))), flush=True)
