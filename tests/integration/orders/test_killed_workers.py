"""Workers that are killed at any moment of placing, cancelling or taking back an order, in processes of their own."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from microshop.caller import Caller
from microshop.errors import WrongOrderState
from microshop.platform.mysql import Database
from tests.support import worker_that_dies
from tests.support.books import disagreements
from tests.support.buses import RecordingBus
from tests.support.catalogue import put_on_sale
from tests.support.orders import RULES, SHIPPED_FREE, a_customer, a_key, place
from tests.support.processlist import connected
from tests.support.records import count
from tests.support.use_cases import an_admin, cancel, confirm, ship, take_back
from tests.support.worker_that_dies import Job

type Changes = dict[str, int]

_ROOT = Path(__file__).parents[3]
_PATH = os.pathsep.join([str(_ROOT / "layers" / "shared"), str(_ROOT)])
_TABLES = (
    *("orders", "order_lines", "order_history", "stock_movements", "outbox", "idempotency_keys"),
    *("payments", "payment_entries"),
)
_UNITS = "SELECT COALESCE(SUM(stock), 0) AS units FROM products"
_CANCELLED = "SELECT COUNT(*) AS cancelled FROM orders WHERE status = 'cancelled'"
_RETURNED = "SELECT COUNT(*) AS returned FROM orders WHERE status = 'returned'"
_SUMS = (_UNITS, _CANCELLED, _RETURNED)

_NOTHING: Changes = {}
# Two lines, of which one makes a product low.
_A_WHOLE_ORDER = {
    "orders": 1,
    "order_lines": 2,
    "order_history": 1,
    "stock_movements": 2,
    "outbox": 2,
    "idempotency_keys": 1,
    "units": -5,
}
_A_WHOLE_FREE_ORDER = {**_A_WHOLE_ORDER, "payments": 1, "payment_entries": 1}
# Of the five units, one of each line is sold again.
_A_WHOLE_RETURN = {"order_history": 1, "stock_movements": 4, "outbox": 1, "returned": 1, "units": 2}
_A_WHOLE_CANCELLATION = {"order_history": 1, "stock_movements": 2, "outbox": 1, "cancelled": 1, "units": 5}


@dataclass
class _Buyer:
    """A customer and the wanted units. They make the first product's stock low; if free, they cost nothing."""

    caller: Caller
    items: list[tuple[int, int]]
    is_free: bool = False

    @classmethod
    def of(cls, database: Database, *, is_free: bool = False) -> "_Buyer":
        price = 0 if is_free else 1999
        few = put_on_sale(database, price_minor=price, stock=11, low_stock_threshold=10)
        plenty = put_on_sale(database, price_minor=price, stock=50)
        return cls(a_customer(database), [(few, 2), (plenty, 3)], is_free)

    def placing(self) -> Job:
        return Job(self.caller.user_id, items=self.items, key="one", shipped_free=self.is_free)

    def place(self, batching: Database) -> int:
        rules = SHIPPED_FREE if self.is_free else RULES
        return int(place(batching, self.caller, self.items, key=a_key(self.caller, "one"), rules=rules)["order_id"])


def _levels(database: Database) -> Changes:
    """How much there is of everything that an order touches."""
    return {
        **{table: count(database, table) for table in _TABLES},
        **{
            name: int(value)
            for sql in (_UNITS, _CANCELLED, _RETURNED)
            for name, value in (database.row(sql) or {}).items()
        },
    }


def _changes(before: Changes, after: Changes) -> Changes:
    return {name: after[name] - before[name] for name in before if after[name] != before[name]}


def _survives(job: Job, database: Database, database_url: str) -> bool:
    """Let a worker do the job; whether it came to its end. The server has noticed when it did not."""
    done = subprocess.run(
        [sys.executable, worker_that_dies.__file__, job.to_json()],
        env={**os.environ, "DATABASE_URL": database_url, "PYTHONPATH": _PATH},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,  # ends a test that would hang, and decides nothing else
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    patience, ids = threading.Event(), [int(line) for line in done.stdout.split()]
    while connected(database, ids):
        patience.wait(0.01)
    return done.returncode == 0


def _every_event_is_published(database: Database) -> bool:
    bus = RecordingBus()
    bus.take_all(database)
    return sorted(bus.event_ids) == sorted(row["event_id"] for row in database.rows("SELECT event_id FROM outbox"))


def _left_by(job: Job, database: Database, database_url: str) -> tuple[Changes, bool]:
    """What a worker changed in sound books before its end, and whether that was the end of its job."""
    before = _levels(database)
    survived = _survives(job, database, database_url)
    assert disagreements(database) == {}
    return _changes(before, _levels(database)), survived


@pytest.mark.parametrize(("is_free", "whole"), [(False, _A_WHOLE_ORDER), (True, _A_WHOLE_FREE_ORDER)])
def test_an_order_whose_worker_dies_after_any_statement_is_there_whole_or_not_at_all(
    database: Database, batching: Database, database_url: str, *, is_free: bool, whole: Changes
) -> None:
    left, survived = list[Changes](), False

    while not survived:
        buyer = _Buyer.of(database, is_free=is_free)
        before = _levels(database)
        changes, survived = _left_by(replace(buyer.placing(), dies_after=len(left) + 1), database, database_url)
        left.append(changes)
        assert _orders_after_asking_again(buyer, database, batching) == 1
        assert _changes(before, _levels(database)) == whole

    assert left == [_NOTHING] * (len(left) - 2) + [whole] * 2  # the last of the dead had committed
    assert _every_event_is_published(database)


@pytest.mark.parametrize(("share", "outcomes"), [(0, [_NOTHING]), (0.5, [_NOTHING]), (1, [_NOTHING, _A_WHOLE_ORDER])])
def test_an_order_whose_worker_dies_before_it_has_the_answer_is_there_whole_or_not_at_all(
    database: Database, batching: Database, database_url: str, *, share: float, outcomes: list[Changes]
) -> None:
    buyer = _Buyer.of(database)
    before = _levels(database)

    left, survived = _left_by(replace(buyer.placing(), sends=share), database, database_url)

    assert not survived
    assert left in outcomes
    assert _orders_after_asking_again(buyer, database, batching) == 1
    assert _changes(before, _levels(database)) == _A_WHOLE_ORDER
    assert _every_event_is_published(database)


def _orders_after_asking_again(buyer: _Buyer, database: Database, batching: Database) -> int:
    """How many orders the buyer has who repeats the request, with its key, twice."""
    assert buyer.place(batching) == buyer.place(batching)
    return len(database.rows("SELECT id FROM orders WHERE user_id = %(id)s", {"id": buyer.caller.user_id}))


@pytest.mark.parametrize("is_free", [False, True])
def test_a_cancellation_whose_worker_dies_after_any_statement_has_happened_whole_or_not_at_all(
    database: Database, batching: Database, database_url: str, *, is_free: bool
) -> None:
    left, survived = list[Changes](), False

    while not survived:
        buyer = _Buyer.of(database, is_free=is_free)
        order_id = buyer.place(batching)
        before = _levels(database)
        job = Job(buyer.caller.user_id, order_id=order_id, dies_after=len(left) + 1)
        changes, survived = _left_by(job, database, database_url)
        left.append(changes)
        assert _can_be_cancelled_still(buyer, order_id, database) == (changes == _NOTHING)
        assert _changes(before, _levels(database)) == _A_WHOLE_CANCELLATION

    assert left == [_NOTHING] * (len(left) - 2) + [_A_WHOLE_CANCELLATION] * 2
    assert _every_event_is_published(database)


def _can_be_cancelled_still(buyer: _Buyer, order_id: int, database: Database) -> bool:
    try:
        cancel(database, buyer.caller, order_id)
    except WrongOrderState:
        return False
    return True


def test_a_return_is_whole_or_absent_when_its_worker_dies(
    database: Database, batching: Database, database_url: str
) -> None:
    admin, left, survived = an_admin(database), list[Changes](), False

    while not survived:
        buyer = _Buyer.of(database)
        order_id, restock = buyer.place(batching), [(product_id, 1) for product_id, _ in buyer.items]
        confirm(database, admin, order_id)
        ship(database, admin, order_id)
        before = _levels(database)
        job = Job(admin.user_id, order_id=order_id, restock=restock, dies_after=len(left) + 1)
        changes, survived = _left_by(job, database, database_url)
        left.append(changes)
        if changes == _NOTHING:
            take_back(database, admin, order_id, dict(restock))
        else:
            with pytest.raises(WrongOrderState):
                take_back(database, admin, order_id, dict(restock))
        assert _changes(before, _levels(database)) == _A_WHOLE_RETURN

    assert left == [_NOTHING] * (len(left) - 2) + [_A_WHOLE_RETURN] * 2
    assert _every_event_is_published(database)
