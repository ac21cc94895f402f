"""Mistakes in infra/consumers.yaml, each refused with a sentence that says what to do."""

from typing import Any

import pytest

from tools.documents.consumer_checks import check
from tools.documents.consumer_parts import parts
from tools.documents.consumers import Consumer, read_row
from tools.problems import LocalProblem

_ROW: dict[str, Any] = {
    "does": "Notes orders.",
    "function": "note_orders",
    "needs": ["database"],
    "at_once": 2,
    "missing": "a note",
    "events": ["OrderPaid"],
}
_PUBLISHED = {"OrderPaid", "OrderShipped"}


def _rows(count: int, **columns: Any) -> list[Consumer]:
    return [read_row(f"OrderNote{number}", {**_ROW, **columns}) for number in range(count)]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"atonce": 2}, "no column is called atonce"),
        ({"needs": ["database", "dynamodb"]}, "needs dynamodb; known are database, redis, mail"),
        ({"at_once": 1}, "at_once is 2 to 5"),
        ({"at_once": 6}, "at_once is 2 to 5"),
    ],
)
def test_malformed_row_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(LocalProblem, match=f"^infra/consumers.yaml, OrderNote: {reason}"):
        read_row("OrderNote", {**_ROW, **changed})


def test_row_is_refused_without_its_columns() -> None:
    with pytest.raises(LocalProblem, match=r"^infra/consumers\.yaml, OrderNote: lacks at_once, missing"):
        read_row("OrderNote", {name: value for name, value in _ROW.items() if name not in ("at_once", "missing")})


@pytest.mark.parametrize(
    ("events", "unheard", "reason"),
    [
        (["OrderPayed"], [], ", OrderNote0: the shop publishes no OrderPayed"),
        (["OrderPaid"], ["OrderShipped", "OrderLost"], ", unheard: the shop publishes no OrderLost"),
        (["OrderPaid"], ["OrderShipped", "OrderPaid"], ", unheard: OrderNote0 hears OrderPaid"),
        (["OrderPaid"], [], ": no consumer hears OrderShipped: add it to a row, or to unheard"),
    ],
)
def test_table_is_refused_unless_it_names_each_published_event_once(
    events: list[str], unheard: list[str], reason: str
) -> None:
    with pytest.raises(LocalProblem, match=f"^infra/consumers.yaml{reason}"):
        check(_rows(1, events=events), unheard, _PUBLISHED)


def test_tenth_consumer_is_refused_by_the_alarm_on_old_events() -> None:
    assert parts(_rows(9))

    with pytest.raises(LocalProblem, match="10 consumers: the alarm EventsDelayed takes 9"):
        parts(_rows(10))


def test_table_is_refused_when_the_operators_variable_is_too_long() -> None:
    with pytest.raises(LocalProblem, match=r"the variable QUEUES takes up to 4\d\d\d bytes of 3840"):
        parts(_rows(8, function="f" * 250))
