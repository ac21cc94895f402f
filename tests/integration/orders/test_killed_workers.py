"""Worker processes that are killed at any time while they place, cancel or return an order."""

import os
import signal
import subprocess
import sys
import threading
from copy import replace
from dataclasses import dataclass
from pathlib import Path

import pytest

from microshop.caller import Caller
from microshop.errors import WrongOrderState
from microshop.platform.mysql import Database
from tests.support import killed_order_worker
from tests.support.books import disagreements
from tests.support.buses import RecordingBus
from tests.support.catalogue import put_on_sale
from tests.support.killed_order_worker import Job
from tests.support.orders import RULES, SHIPPED_FREE, a_customer, a_key, place
from tests.support.processlist import connected
from tests.support.records import count
from tests.support.use_cases import an_admin, cancel, confirm, return_parcel, ship

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
# An order of two lines, of which one causes a low-stock event.
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
# One unit of each line is restocked; the other three of the five are written off.
_A_WHOLE_RETURN = {"order_history": 1, "stock_movements": 4, "outbox": 1, "returned": 1, "units": 2}
_A_WHOLE_CANCELLATION = {"order_history": 1, "stock_movements": 2, "outbox": 1, "cancelled": 1, "units": 5}


@dataclass
class _Buyer:
    """A customer and the ordered items. The order makes the first product's stock low."""

    caller: Caller
    items: list[tuple[int, int]]
    is_free: bool = False

    @classmethod
    def of(cls, database: Database, *, is_free: bool = False) -> "_Buyer":
        price = 0 if is_free else 1999
        few = put_on_sale(database, price_minor=price, stock=11, low_stock_threshold=10)
        plenty = put_on_sale(database, price_minor=price, stock=50)
        return cls(a_customer(database), [(few, 2), (plenty, 3)], is_free)

    def job(self) -> Job:
        return Job(self.caller.user_id, items=self.items, key="one", shipped_free=self.is_free)

    def place(self, database: Database) -> int:
        rules = SHIPPED_FREE if self.is_free else RULES
        return int(place(database, self.caller, self.items, key=a_key(self.caller, "one"), rules=rules)["order_id"])


def _counts(database: Database) -> Changes:
    """The row counts and sums of everything that an order changes."""
    return {
        **{table: count(database, table) for table in _TABLES},
        **{name: int(value) for sql in _SUMS for name, value in (database.row(sql) or {}).items()},
    }


def _changes(before: Changes, after: Changes) -> Changes:
    return {name: after[name] - before[name] for name in before if after[name] != before[name]}


def _survives(job: Job, database: Database, database_url: str) -> bool:
    """Run a worker and wait until the server has closed its connections. Returns whether it survived."""
    done = subprocess.run(
        [sys.executable, killed_order_worker.__file__, job.to_json()],
        env={**os.environ, "DATABASE_URL": database_url, "PYTHONPATH": _PATH},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,  # only ends a test that hangs
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


def _run_worker(job: Job, database: Database, database_url: str) -> tuple[Changes, bool]:
    """Run a worker and check the books. Returns its changes, and whether it survived."""
    before = _counts(database)
    survived = _survives(job, database, database_url)
    assert disagreements(database) == {}
    return _changes(before, _counts(database)), survived


@pytest.mark.parametrize(("is_free", "whole"), [(False, _A_WHOLE_ORDER), (True, _A_WHOLE_FREE_ORDER)])
def test_placing_is_atomic_when_its_worker_dies_after_any_statement(
    database: Database, database_url: str, *, is_free: bool, whole: Changes
) -> None:
    left, survived = list[Changes](), False

    while not survived:
        buyer = _Buyer.of(database, is_free=is_free)
        before = _counts(database)
        changes, survived = _run_worker(replace(buyer.job(), dies_after=len(left) + 1), database, database_url)
        left.append(changes)
        assert _count_orders_after_retries(buyer, database) == 1
        assert _changes(before, _counts(database)) == whole

    assert left == [_NOTHING] * (len(left) - 2) + [whole] * 2  # the last killed worker had committed
    assert _every_event_is_published(database)


@pytest.mark.parametrize(("share", "outcomes"), [(0, [_NOTHING]), (0.5, [_NOTHING]), (1, [_NOTHING, _A_WHOLE_ORDER])])
def test_placing_is_atomic_when_its_worker_dies_during_the_call(
    database: Database, database_url: str, *, share: float, outcomes: list[Changes]
) -> None:
    buyer = _Buyer.of(database)
    before = _counts(database)

    left, survived = _run_worker(replace(buyer.job(), sends=share), database, database_url)

    assert not survived
    assert left in outcomes
    assert _count_orders_after_retries(buyer, database) == 1
    assert _changes(before, _counts(database)) == _A_WHOLE_ORDER
    assert _every_event_is_published(database)


def _count_orders_after_retries(buyer: _Buyer, database: Database) -> int:
    """Repeat the request with its key twice. Returns the number of the buyer's orders."""
    assert buyer.place(database) == buyer.place(database)
    return len(database.rows("SELECT id FROM orders WHERE user_id = %(id)s", {"id": buyer.caller.user_id}))


@pytest.mark.parametrize("is_free", [False, True])
def test_a_cancellation_is_atomic_when_its_worker_dies(database: Database, database_url: str, *, is_free: bool) -> None:
    left, survived = list[Changes](), False

    while not survived:
        buyer = _Buyer.of(database, is_free=is_free)
        order_id = buyer.place(database)
        before = _counts(database)
        job = Job(buyer.caller.user_id, order_id=order_id, dies_after=len(left) + 1)
        changes, survived = _run_worker(job, database, database_url)
        left.append(changes)
        assert _can_be_cancelled(buyer, order_id, database) == (changes == _NOTHING)
        assert _changes(before, _counts(database)) == _A_WHOLE_CANCELLATION

    assert left == [_NOTHING] * (len(left) - 2) + [_A_WHOLE_CANCELLATION] * 2
    assert _every_event_is_published(database)


def _can_be_cancelled(buyer: _Buyer, order_id: int, database: Database) -> bool:
    try:
        cancel(database, buyer.caller, order_id)
    except WrongOrderState:
        return False
    return True


def test_a_return_is_atomic_when_its_worker_dies(database: Database, database_url: str) -> None:
    admin, left, survived = an_admin(database), list[Changes](), False

    while not survived:
        buyer = _Buyer.of(database)
        order_id, restock = buyer.place(database), [(product_id, 1) for product_id, _ in buyer.items]
        confirm(database, admin, order_id)
        ship(database, admin, order_id)
        before = _counts(database)
        job = Job(admin.user_id, order_id=order_id, restock=restock, dies_after=len(left) + 1)
        changes, survived = _run_worker(job, database, database_url)
        left.append(changes)
        if changes == _NOTHING:
            return_parcel(database, admin, order_id, dict(restock))
        else:
            with pytest.raises(WrongOrderState):
                return_parcel(database, admin, order_id, dict(restock))
        assert _changes(before, _counts(database)) == _A_WHOLE_RETURN

    assert left == [_NOTHING] * (len(left) - 2) + [_A_WHOLE_RETURN] * 2
    assert _every_event_is_published(database)
