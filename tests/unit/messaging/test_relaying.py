"""The relay: the calls of a batch, the bus's answers, and the pause after a failure."""

import threading
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, cast

import pytest

from microshop.messaging.pace import Pace
from microshop.messaging.relaying import BatchResult, relay_batch, retry_pause_seconds
from tests.support.builders import an_outbox_row

if TYPE_CHECKING:
    from microshop.messaging.outbox import OutboxRow
    from microshop.messaging.unit_of_work import OutboxUnitOfWork


class _Outbox(nullcontext[None]):
    """A unit of work with an outbox in memory."""

    def __init__(self, *rows: "OutboxRow") -> None:
        super().__init__()
        self.outbox = self
        self.rows = rows
        self.published: list[int] = []
        self.failed: dict[int, tuple[str, float]] = {}
        self.committed = False

    def claim(self, limit: int) -> list["OutboxRow"]:
        return list(self.rows[:limit])

    def mark_published(self, ids: Sequence[int]) -> None:
        self.published += ids

    def mark_failed(self, ids: Sequence[int], error: str, pause_seconds: float) -> None:
        self.failed |= dict.fromkeys(ids, (error, pause_seconds))

    def commit(self) -> None:
        self.committed = True


def _relay(outbox: _Outbox, *errors: str | None) -> BatchResult:
    """Run one pass. The bus answers with `errors`, or accepts every row without them."""
    return relay_batch(lambda rows: errors or [None] * len(rows), cast("OutboxUnitOfWork", outbox))


def test_retry_pause_doubles_up_to_five_minutes() -> None:
    pauses = {0: 1.0, 1: 2.0, 2: 4.0, 8: 256.0, 9: 300.0, 50: 300.0, 10_000: 300.0}

    assert {attempts: retry_pause_seconds(attempts) for attempts in pauses} == pauses


def test_small_events_go_in_one_batch_of_ten() -> None:
    outbox = _Outbox(*(an_outbox_row(row_id=number) for number in range(12)))

    assert _relay(outbox) == BatchResult(10, 0)

    assert (outbox.published, outbox.committed) == (list(range(10)), True)


class _Calls:
    """A bus that records the rows of each call, and answers only when `at_once` calls wait for their answer.

    It does not answer a call with a row in `unanswered`, and throttles the rows in `throttled`.
    """

    def __init__(self, at_once: int = 1, *, unanswered: Sequence[int] = (), throttled: Sequence[int] = ()) -> None:
        self.rows: list[list[int]] = []
        self._gate = threading.Barrier(at_once, timeout=10)
        self._unanswered, self._throttled = set(unanswered), set(throttled)

    def publish(self, rows: Sequence["OutboxRow"]) -> list[str | None]:
        ids = [row.id for row in rows]
        self.rows.append(ids)
        self._gate.wait()
        if self._unanswered & set(ids):
            raise ConnectionError("no route")
        return ["ThrottlingException: slow down" if each in self._throttled else None for each in ids]


def _rows(count: int) -> list["OutboxRow"]:
    return [an_outbox_row(row_id=number) for number in range(count)]


def _relay_calls(outbox: _Outbox, bus: _Calls, calls: int) -> tuple[BatchResult, Pace]:
    pace = Pace()
    pace.calls = calls
    return relay_batch(bus.publish, cast("OutboxUnitOfWork", outbox), pace), pace


def test_relay_makes_all_calls_of_its_pace_at_once() -> None:
    outbox, bus = _Outbox(*_rows(35)), _Calls(at_once=3)

    done, _ = _relay_calls(outbox, bus, calls=3)

    assert done == BatchResult(30, 0)
    assert sorted(bus.rows) == [[*range(10)], [*range(10, 20)], [*range(20, 30)]]
    assert outbox.published == [*range(30)]


def test_call_that_fails_among_others_fails_its_rows_alone() -> None:
    outbox, bus = _Outbox(*_rows(30)), _Calls(at_once=3, unanswered=[14])

    done, pace = _relay_calls(outbox, bus, calls=3)

    assert done == BatchResult(20, 10)
    assert outbox.published == [*range(10), *range(20, 30)]
    assert outbox.failed == dict.fromkeys(range(10, 20), ("ConnectionError: no route", 1.0))
    assert pace.calls == 1


def test_relay_makes_fewer_calls_after_the_bus_throttled_an_entry() -> None:
    outbox, bus = _Outbox(*_rows(80)), _Calls(throttled=[3])

    done, pace = _relay_calls(outbox, bus, calls=8)

    assert done == BatchResult(79, 1)
    assert (pace.calls, pace.pause_seconds > 0) == (4, True)


def test_entry_that_the_bus_never_accepts_slows_nothing_down() -> None:
    pace = Pace()
    pace.calls = 2
    errors = ["MalformedDetail: no", *[None] * 9]

    relay_batch(lambda _rows: errors, cast("OutboxUnitOfWork", _Outbox(*_rows(20))), pace)

    assert (pace.calls, pace.pause_seconds) == (4, 0.0)


def test_call_holds_no_more_bytes_than_the_bus_takes() -> None:
    outbox = _Outbox(*(an_outbox_row(row_id=number, detail="字" * 30_000) for number in range(1, 5)))
    bus = _Calls()

    _relay_calls(outbox, bus, calls=1)

    assert bus.rows == [[1, 2], [3, 4]]  # 180,000 bytes each


def test_event_larger_than_any_call_gets_its_own_call() -> None:
    outbox, bus = _Outbox(an_outbox_row(row_id=1, detail="x" * 300_000), an_outbox_row(row_id=2)), _Calls()

    _relay_calls(outbox, bus, calls=1)

    assert bus.rows == [[1], [2]]


def test_row_that_the_bus_refuses_is_marked_failed_alone() -> None:
    outbox = _Outbox(an_outbox_row(row_id=1), an_outbox_row(row_id=2), an_outbox_row(row_id=3))

    assert _relay(outbox, None, "MalformedDetail: no", None) == BatchResult(2, 1)

    assert (outbox.published, outbox.failed) == ([1, 3], {2: ("MalformedDetail: no", 1.0)})


def test_call_that_fails_fails_every_row_of_its_batch() -> None:
    outbox = _Outbox(an_outbox_row(row_id=1), an_outbox_row(row_id=2))

    def refuse(_rows: object) -> list[str | None]:
        raise ConnectionError("no route")

    assert relay_batch(refuse, cast("OutboxUnitOfWork", outbox)) == BatchResult(0, 2)

    assert outbox.failed == dict.fromkeys((1, 2), ("ConnectionError: no route", 1.0))
    assert (outbox.published, outbox.committed) == ([], True)


@pytest.mark.parametrize(
    ("done", "empty"), [(BatchResult(0, 0), True), (BatchResult(1, 0), False), (BatchResult(0, 1), False)]
)
def test_pass_is_empty_when_nothing_was_due(done: BatchResult, empty: bool) -> None:
    assert done.empty is empty
