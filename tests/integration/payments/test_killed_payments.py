"""Worker processes that are killed at any time while they start, settle, expire, refund or cancel payments."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from copy import replace
from datetime import timedelta
from pathlib import Path

import pytest

from microshop.platform.mysql import Database
from tests.support import killed_payment_worker
from tests.support.books import disagreements
from tests.support.catalogue import put_on_sale
from tests.support.file_provider import FileProvider
from tests.support.killed_payment_cases import CASES, FinalState
from tests.support.killed_payment_worker import Job, do
from tests.support.payments import Till
from tests.support.processlist import connected
from tests.support.records import events_of, stock_of

_ROOT = Path(__file__).parents[3]
_PATH = os.pathsep.join([str(_ROOT / "layers" / "shared"), str(_ROOT)])


class _Workers:
    """Runs jobs in processes that may die, and waits until the server has closed their connections."""

    def __init__(self, process: subprocess.Popen[str], database: Database) -> None:
        self._process, self._database = process, database

    def survive(self, job: Job) -> bool:
        """Run a job. Returns whether its worker survived."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(job.to_json(), file=self._process.stdin, flush=True)
        answer, patience = json.loads(self._process.stdout.readline()), threading.Event()
        while connected(self._database, answer["connections"]):
            patience.wait(0.01)
        return bool(answer["survived"])


@pytest.fixture
def till(database: Database, tmp_path: Path) -> Till:
    return replace(Till.open(database), provider=FileProvider(tmp_path / "provider"))


@pytest.fixture
def workers(database: Database, database_url: str, tmp_path: Path) -> Iterator[_Workers]:
    process = subprocess.Popen(
        [sys.executable, killed_payment_worker.__file__, str(tmp_path / "provider")],
        env={**os.environ, "DATABASE_URL": database_url, "PYTHONPATH": _PATH},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield _Workers(process, database)
        process.kill()


def _final_state(till: Till, order_id: int, product_id: int) -> FinalState:
    reference = till.payment(order_id).reference  # None if there was nothing to pay
    made = till.provider.refunds_of(reference) if reference else []
    versions = [data["order_version"] for _, data in events_of(till.database, f"order:{order_id}")]
    assert versions == list(range(1, len(versions) + 1))
    assert len(till.payments(order_id)) == 1
    return FinalState(
        till.order(order_id).state,
        till.payment(order_id).state,
        till.actions(order_id),
        stock_of(till.database, product_id),
        sum(each.amount_minor for each in made),
    )


@pytest.mark.parametrize("name", CASES)
def test_repeating_a_job_after_its_worker_died_gives_the_same_result(till: Till, workers: _Workers, name: str) -> None:
    case, survived, dies_after, left = CASES[name], False, 0, list[bool]()

    while not survived:
        dies_after += 1
        kettle = put_on_sale(till.database, stock=10)
        order_id = case.prepare(till, kettle)
        job = Job(name, order_id, till.customer.user_id, till.admin.user_id, kettle, dies_after)
        before = till.all_rows()
        survived = workers.survive(job)
        assert disagreements(till.database) == {}
        left.append(till.all_rows() != before)
        till.age(order_id, timedelta(0))
        do(job, till)
        assert _final_state(till, order_id, kettle) == case.end

    assert left[-1]
    assert len(left) > 10
    if case.is_one_transaction:
        assert left == [False] * (len(left) - 2) + [True] * 2  # the last killed worker had committed
