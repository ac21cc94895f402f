"""The relay: size of a batch, the bus's answers, and the pause after a failure."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, cast

import pytest

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

    def mark_failed(self, row: "OutboxRow", error: str, pause_seconds: float) -> None:
        self.failed[row.id] = error, pause_seconds

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


def test_batch_holds_no_more_bytes_than_one_call_takes() -> None:
    outbox = _Outbox(*(an_outbox_row(row_id=number, detail="字" * 30_000) for number in range(1, 5)))

    _relay(outbox)

    assert outbox.published == [1, 2]  # 180,000 of the 256,000 bytes of a call


def test_event_larger_than_any_call_gets_its_own_call() -> None:
    outbox = _Outbox(an_outbox_row(row_id=1, detail="x" * 300_000), an_outbox_row(row_id=2))

    _relay(outbox)

    assert outbox.published == [1]


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
