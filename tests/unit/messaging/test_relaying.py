"""How the relay fills a batch and how long it waits after a failure."""

import pytest

from microshop.messaging.relaying import _BATCH_BYTES, Pass, _fitting, _publish, retry_pause_seconds
from tests.support.builders import an_outbox_row


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 1), (1, 2), (2, 4), (8, 256), (9, 300), (50, 300), (10_000, 300)]
)
def test_the_wait_doubles_up_to_five_minutes(attempts: int, seconds: float) -> None:
    assert retry_pause_seconds(attempts) == seconds


def test_a_batch_holds_what_one_call_takes() -> None:
    rows = [an_outbox_row(row_id=number, detail="字" * 30_000) for number in range(1, 5)]

    assert [row.id for row in _fitting(rows)] == [1, 2]


def test_an_event_that_no_call_takes_goes_alone() -> None:
    rows = [an_outbox_row(row_id=1, detail="x" * (_BATCH_BYTES + 1)), an_outbox_row(row_id=2)]

    assert [row.id for row in _fitting(rows)] == [1]


def test_small_events_go_together() -> None:
    assert len(_fitting([an_outbox_row(row_id=number) for number in range(10)])) == 10


def test_a_call_that_fails_fails_every_row_of_its_batch() -> None:
    def refuse(_rows: object) -> list[str | None]:
        raise ConnectionError("no route")

    assert _publish(refuse, [an_outbox_row(), an_outbox_row()]) == ["ConnectionError: no route"] * 2


@pytest.mark.parametrize(("done", "empty"), [(Pass(0, 0), True), (Pass(1, 0), False), (Pass(0, 1), False)])
def test_a_pass_is_empty_when_nothing_was_due(done: Pass, empty: bool) -> None:
    assert done.empty is empty
