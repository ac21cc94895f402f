"""Workers that are killed at any moment of paying, expiring, refunding or cancelling, in processes of their own."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from microshop.errors import PaymentOutcomeUnknown
from microshop.orders.states import State
from microshop.platform.mysql import Database
from tests.support import till_that_dies
from tests.support.books import disagreements
from tests.support.catalogue import put_on_sale
from tests.support.kept_provider import KeptProvider
from tests.support.orders import SHIPPED_FREE, place
from tests.support.payments import TOTAL, Till
from tests.support.processlist import connected
from tests.support.records import events_of, stock_of
from tests.support.till_that_dies import Job, do

_ROOT = Path(__file__).parents[3]
_PATH = os.pathsep.join([str(_ROOT / "layers" / "shared"), str(_ROOT)])


@dataclass(frozen=True)
class _End:
    """What there is in the end: the order's state, its attempt's, what it went through, units, and money given back."""

    order: State
    payment: str
    actions: list[str]
    stock: int
    given_back: int


@dataclass(frozen=True)
class _Case:
    """What comes before a job, how the job ends, and whether all of it is one transaction."""

    before: Callable[[Till, int], int]
    end: _End
    is_one_transaction: bool = False


def _placed(till: Till, kettle: int) -> int:
    return till.place((kettle, 3))


def _paid_at_the_provider(till: Till, kettle: int) -> int:
    order_id = till.started((kettle, 3))
    till.provider.pay(till.reference(order_id))
    return order_id


def _overdue(till: Till, kettle: int) -> int:
    order_id = till.started((kettle, 3))
    till.pass_time(order_id)
    return order_id


def _paid(till: Till, kettle: int) -> int:
    return till.paid((kettle, 3))


def _refund_on_its_way(till: Till, kettle: int) -> int:
    order_id = till.paid((kettle, 3))
    till.provider.refunds_become = "pending"
    till.refund(order_id, 1999, restock=[(kettle, 1)])
    till.provider.refunds_become = "succeeded"
    [made] = till.provider.refunds_of(till.reference(order_id))
    till.provider.settle_refund(made.reference)
    return order_id


def _free(till: Till, kettle: int) -> int:
    till.database.execute("UPDATE products SET price_minor = 0 WHERE id = %(id)s", {"id": kettle})
    return int(place(till.batching, till.customer, [(kettle, 3)], rules=SHIPPED_FREE)["order_id"])


def _disputed(till: Till, kettle: int) -> int:
    order_id = till.paid((kettle, 3))
    till.provider.dispute(till.reference(order_id))
    return order_id


def _dispute_lost_at_once(till: Till, kettle: int) -> int:
    order_id = till.paid((kettle, 3))
    till.provider.dispute(till.reference(order_id), "lost")
    return order_id


def _refund_held_by_a_dispute_that_was_won(till: Till, kettle: int) -> int:
    order_id = till.paid((kettle, 3))
    till.cancel(order_id)
    dispute = till.provider.dispute(till.reference(order_id))
    till.tell(dispute)
    till.provider.dispute_becomes(dispute.reference, "won")
    till.age(order_id)
    return order_id


def _refund_without_an_answer(till: Till, kettle: int) -> int:
    order_id = till.paid((kettle, 3))
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"), acted=True)
    till.refund(order_id, 1999, restock=[(kettle, 1)])
    return _never_answered(till, order_id)


def _start_without_an_answer(till: Till, kettle: int) -> int:
    order_id = till.place((kettle, 3))
    till.provider.fail("start", PaymentOutcomeUnknown("timeout"), acted=True)
    with pytest.raises(PaymentOutcomeUnknown):
        till.start(order_id)
    return _never_answered(till, order_id)


def _paid_without_an_answer_and_cancelled(till: Till, kettle: int) -> int:
    order_id = _start_without_an_answer(till, kettle)
    till.cancel(order_id)
    till.provider.pay(till.reference(order_id))
    return order_id


def _never_answered(till: Till, order_id: int) -> int:
    provider = till.provider
    assert isinstance(provider, KeptProvider)
    provider.keep()
    till.age(order_id, timedelta(minutes=1))
    return order_id


_REFUNDED_IN_PART = _End(
    ("confirmed", "partially_refunded"), "captured", ["placed", "paid", "partially_refunded"], 8, 1999
)
_CASES = {
    "start": _Case(_placed, _End(("pending", "unpaid"), "started", ["placed"], 7, 0)),
    "settle": _Case(
        _paid_at_the_provider,
        _End(("confirmed", "paid"), "captured", ["placed", "paid"], 7, 0),
        is_one_transaction=True,
    ),
    "expire": _Case(_overdue, _End(("expired", "unpaid"), "cancelled", ["placed", "expired"], 10, 0)),
    "refund": _Case(_paid, _REFUNDED_IN_PART),
    "refund nothing": _Case(_free, _End(("confirmed", "paid"), "captured", ["placed", "refunded"], 9, 0)),
    "settle refund": _Case(_refund_on_its_way, _REFUNDED_IN_PART, is_one_transaction=True),
    "settle dispute": _Case(
        _disputed,
        _End(("confirmed", "paid"), "captured", ["placed", "paid", "disputed"], 7, 0),
        is_one_transaction=True,
    ),
    "settle lost dispute": _Case(
        _dispute_lost_at_once,
        _End(("confirmed", "paid"), "captured", ["placed", "paid", "disputed", "dispute_lost"], 7, 0),
        is_one_transaction=True,
    ),
    "refund after a dispute": _Case(
        _refund_held_by_a_dispute_that_was_won,
        _End(
            ("cancelled", "refunded"),
            "captured",
            ["placed", "paid", "cancelled", "disputed", "dispute_won", "refunded"],
            10,
            TOTAL,
        ),
    ),
    "cancel": _Case(
        _paid,
        _End(("cancelled", "refunded"), "captured", ["placed", "paid", "cancelled", "refunded"], 10, TOTAL),
    ),
    "resolve refund": _Case(_refund_without_an_answer, _REFUNDED_IN_PART),
    "resolve unknown": _Case(
        _start_without_an_answer,
        _End(("pending", "unpaid"), "started", ["placed", "payment_review", "payment_reopened"], 7, 0),
    ),
    "resolve abandoned": _Case(
        _paid_without_an_answer_and_cancelled,
        _End(
            ("cancelled", "refunded"),
            "captured",
            ["placed", "payment_review", "cancelled", "paid_late", "refunded"],
            10,
            TOTAL,
        ),
    ),
}


class _Workers:
    """Does jobs in processes that may die, and waits until the server has noticed that they did."""

    def __init__(self, process: subprocess.Popen[str], database: Database) -> None:
        self._process, self._database = process, database

    def survive(self, job: Job) -> bool:
        """Whether a worker came to the end of its job."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(job.to_json(), file=self._process.stdin, flush=True)
        answer, patience = json.loads(self._process.stdout.readline()), threading.Event()
        while connected(self._database, answer["connections"]):
            patience.wait(0.01)
        return bool(answer["survived"])


@pytest.fixture
def till(database: Database, batching: Database, tmp_path: Path) -> Till:
    return replace(Till.opened(database, batching), provider=KeptProvider(tmp_path / "provider"))


@pytest.fixture
def workers(database: Database, database_url: str, tmp_path: Path) -> Iterator[_Workers]:
    process = subprocess.Popen(
        [sys.executable, till_that_dies.__file__, str(tmp_path / "provider")],
        env={**os.environ, "DATABASE_URL": database_url, "PYTHONPATH": _PATH},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield _Workers(process, database)
        process.kill()


def _end_of(till: Till, order_id: int, product_id: int) -> _End:
    reference = till.payment(order_id).reference  # none where nothing was to pay
    made = till.provider.refunds_of(reference) if reference else []
    told = [data["order_version"] for _, data in events_of(till.database, f"order:{order_id}")]
    assert told == list(range(1, len(told) + 1))
    assert len(till.payments(order_id)) == 1
    return _End(
        till.order(order_id).state,
        till.payment(order_id).state,
        till.actions(order_id),
        stock_of(till.database, product_id),
        sum(each.amount_minor for each in made),
    )


@pytest.mark.parametrize("name", _CASES)
def test_whatever_a_worker_dies_at_repeating_it_comes_to_the_same_end(till: Till, workers: _Workers, name: str) -> None:
    case, survived, dies_after, left = _CASES[name], False, 0, list[bool]()

    while not survived:
        dies_after += 1
        kettle = put_on_sale(till.database, stock=10)
        order_id = case.before(till, kettle)
        job = Job(name, order_id, till.customer.user_id, till.admin.user_id, kettle, dies_after)
        before = till.everything()
        survived = workers.survive(job)
        assert disagreements(till.database) == {}
        left.append(till.everything() != before)
        till.age(order_id, timedelta(0))
        do(job, till)
        assert _end_of(till, order_id, kettle) == case.end

    assert left[-1]
    assert len(left) > 10
    if case.is_one_transaction:
        assert left == [False] * (len(left) - 2) + [True] * 2  # the last of the dead had committed
