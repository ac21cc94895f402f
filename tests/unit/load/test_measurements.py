"""Percentiles, and which outcomes are errors."""

import pytest

from tests.support.table_rows import wrong_answers
from tools.load.measurements import NO_ANSWER, Measurements, percentile
from tools.load.steps import LIST_PRODUCTS, PLACE_ORDER


def test_percentiles_are_measured_values() -> None:
    hundred = [n / 100 for n in range(100, 0, -1)]
    rows = [
        (hundred, 0.5, 0.5),
        (hundred, 0.99, 0.99),
        (hundred, 1, 1.0),
        ([3.0], 0.99, 3.0),
        ([1.0, 2.0, 9.0], 0.9, 9.0),
        ([], 0.5, 0.0),
    ]

    assert wrong_answers(percentile, rows) == []


def test_429_is_counted_apart_from_errors() -> None:
    measured = Measurements()
    outcomes = [(200, ""), (304, ""), (429, "too-many-requests"), (409, "out-of-stock"), (503, ""), (NO_ANSWER, "T")]
    for status, problem in outcomes:
        measured.add(PLACE_ORDER, 0.1, status, problem)
    measured.add(LIST_PRODUCTS, 0.3, 200)

    assert (measured.requests, measured.errors, measured.throttled) == (7, 3, 1)
    assert list(measured.steps[PLACE_ORDER].seconds) == pytest.approx([0.1] * 6)
