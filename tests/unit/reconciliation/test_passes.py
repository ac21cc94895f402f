"""Passes over all rows: their shares, and how they advance."""

from copy import replace
from datetime import timedelta

import pytest

from microshop.reconciliation.passes import MAX_DAYS, NIGHTS, SLICE_ROWS, Pass
from microshop.reconciliation.slices import LAST_ID, Slice, Subject
from tests.support.builders import NOON

_NIGHT = timedelta(days=1)
_LARGE = 1_000_000
_IN_PROGRESS = Pass("nightly:orders", 500, 400_000, NOON, _LARGE)


def test_the_first_pass_reads_what_time_allows() -> None:
    assert Pass("nightly:orders").share(NOON) is None


def test_a_night_reads_its_part_of_the_last_pass() -> None:
    assert _IN_PROGRESS.share(NOON + 5 * _NIGHT) == 71_429
    assert replace(_IN_PROGRESS, expected_rows=30_000).share(NOON) == SLICE_ROWS


def test_the_last_night_reads_the_rest() -> None:
    nights = [_IN_PROGRESS.share(NOON + night * _NIGHT) for night in range(NIGHTS)]

    assert nights == [71_429] * (NIGHTS - 1) + [None]


def test_a_pass_advances_to_the_end_of_the_slice() -> None:
    assert Pass("nightly:orders").advance(77, 10, NOON) == Pass("nightly:orders", 77, 10, NOON)
    assert _IN_PROGRESS.advance(900, 10_000, NOON + _NIGHT) == Pass("nightly:orders", 900, 410_000, NOON, _LARGE)


def test_a_complete_pass_covers_the_rows_since_it_began() -> None:
    complete = _IN_PROGRESS.advance(LAST_ID, 7, NOON + _NIGHT)

    assert complete == Pass("nightly:orders", expected_rows=400_007, covered_since=NOON)


def test_every_row_is_read_within_the_days_of_the_alarm() -> None:
    """Nights of a table that grows by a tenth in each pass."""
    state, rows, ages = Pass("nightly:orders"), 700_000, []
    for night in range(4 * NIGHTS):
        now, rows = NOON + night * _NIGHT, rows + 5_000
        share, read = state.share(now), 0
        while share is None or read < share:
            is_last = state.rows_read + SLICE_ROWS >= rows
            read += SLICE_ROWS
            state = state.advance(
                LAST_ID if is_last else state.next_id + SLICE_ROWS,
                rows - state.rows_read if is_last else SLICE_ROWS,
                now,
            )
            if is_last:
                break
        assert state.oldest_read is not None
        ages.append((now - state.oldest_read).days)

    assert NIGHTS < max(ages) <= MAX_DAYS - 2


@pytest.mark.parametrize(
    ("part", "condition", "parameters"),
    [
        (Slice(Subject.ORDERS, ids=(3, 5)), "orders.id IN %(ids)s", {"ids": (3, 5)}),
        (
            Slice(Subject.ORDERS, 3, 9),
            "orders.id >= %(first)s AND orders.id < %(end)s",
            {"first": 3, "end": 9},
        ),
    ],
)
def test_a_slice_narrows_a_query(part: Slice, condition: str, parameters: dict[str, object]) -> None:
    assert part.narrow("WHERE {chosen[orders.id]} AND number LIKE 'A%%'") == f"WHERE {condition} AND number LIKE 'A%%'"
    assert part.parameters == parameters
