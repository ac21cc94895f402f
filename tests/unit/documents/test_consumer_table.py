"""Errors in infra/consumers.yaml are refused with a sentence that says what to do."""

from typing import Any

import pytest

from tools.documents.consumer_checks import check
from tools.documents.consumer_parts import parts
from tools.documents.consumers import Consumer, read_row
from tools.problems import LocalProblem

_ROW: dict[str, Any] = {
    "description": "Notes orders.",
    "function": "note_orders",
    "needs": ["database"],
    "max_concurrency": 2,
    "missing": "a note",
    "events": ["OrderPaid"],
}
_PUBLISHED = {"OrderPaid", "OrderShipped"}


def _rows(count: int, **columns: Any) -> list[Consumer]:
    return [read_row(f"OrderNote{number}", {**_ROW, **columns}) for number in range(count)]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"concurrency": 2}, "unknown columns: concurrency"),
        ({"needs": ["database", "dynamodb"]}, "unknown needs dynamodb; known are database, redis, mail"),
        ({"max_concurrency": 1}, "max_concurrency must be 2 to 5"),
        ({"max_concurrency": 6}, "max_concurrency must be 2 to 5"),
    ],
)
def test_malformed_row_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(LocalProblem, match=f"^infra/consumers.yaml, OrderNote: {reason}"):
        read_row("OrderNote", {**_ROW, **changed})


def test_row_with_missing_columns_is_refused() -> None:
    with pytest.raises(
        LocalProblem, match=r"^infra/consumers\.yaml, OrderNote: missing columns: max_concurrency, missing"
    ):
        read_row(
            "OrderNote", {name: value for name, value in _ROW.items() if name not in ("max_concurrency", "missing")}
        )


@pytest.mark.parametrize(
    ("events", "unconsumed", "reason"),
    [
        (["OrderPayed"], [], ", OrderNote0: unknown events: OrderPayed"),
        (["OrderPaid"], ["OrderShipped", "OrderLost"], ", unconsumed: unknown events: OrderLost"),
        (["OrderPaid"], ["OrderShipped", "OrderPaid"], ", unconsumed: OrderNote0 consumes OrderPaid"),
        (["OrderPaid"], [], ": no consumer for OrderShipped: add it to a row, or to unconsumed"),
    ],
)
def test_table_is_refused_unless_it_names_each_published_event_once(
    events: list[str], unconsumed: list[str], reason: str
) -> None:
    with pytest.raises(LocalProblem, match=f"^infra/consumers.yaml{reason}"):
        check(_rows(1, events=events), unconsumed, _PUBLISHED)


def test_tenth_consumer_exceeds_the_alarm_on_delayed_events() -> None:
    assert parts(_rows(9))

    with pytest.raises(LocalProblem, match="10 consumers: the alarm EventsDelayed can have 9"):
        parts(_rows(10))


def test_table_is_refused_when_the_variable_of_queues_is_too_long() -> None:
    with pytest.raises(LocalProblem, match=r"the variable QUEUES needs up to 4\d\d\d bytes of 3840"):
        parts(_rows(8, function="f" * 250))
