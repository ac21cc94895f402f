"""The period of a replay, and the rules that receive it."""

from datetime import UTC, datetime, timedelta

import pytest

from microshop.errors import InvalidInput
from microshop.messaging.replays import choose_rules, period_of
from tests.support.table_rows import not_refused

_NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
_PATTERNS = {
    "CustomerMail": ["UserRegistered", "OrderPaid"],
    "OrderCount": ["OrderPaid"],
    "LowStockAlert": ["StockLow"],
}


def test_period_without_an_end_ends_now() -> None:
    found = period_of("2026-11-24T10:00Z", None, now=_NOW, inbox_days=35)

    assert (found.begin, found.end) == (datetime(2026, 11, 24, 10, tzinfo=UTC), _NOW)


def test_replay_is_refused_when_inboxes_may_have_deleted_its_records() -> None:
    oldest = _NOW - timedelta(days=7)

    assert period_of(oldest.isoformat(), None, now=_NOW, inbox_days=35).begin == oldest
    with pytest.raises(InvalidInput, match=r"from: must not be before 2026-11-17T12:00Z: consumers keep"):
        period_of((oldest - timedelta(seconds=1)).isoformat(), None, now=_NOW, inbox_days=35)


def test_period_is_refused_when_its_beginning_is_not_a_time_with_an_offset() -> None:
    texts: list[object] = [None, "", "yesterday", "2026-11-24T10:00", "2026-11-24", "10:00Z", 17]
    reason = "from: must be a time with an offset, such as 2026-11-24T10:00Z"

    assert not_refused(lambda begin: period_of(begin, None, now=_NOW, inbox_days=35), texts, reason, InvalidInput) == []


def test_beginning_in_the_future_is_refused() -> None:
    with pytest.raises(InvalidInput, match="from: must be in the past"):
        period_of("2026-11-24T12:01Z", None, now=_NOW, inbox_days=35)


@pytest.mark.parametrize("end", ["2026-11-24T10:00Z", "2026-11-24T09:00Z", "2026-11-24T12:01Z"])
def test_end_before_the_beginning_or_in_the_future_is_refused(end: str) -> None:
    with pytest.raises(InvalidInput, match="to: must be later than the beginning and not in the future"):
        period_of("2026-11-24T10:00Z", end, now=_NOW, inbox_days=35)


@pytest.mark.parametrize(
    ("queues", "events", "expected"),
    [
        ([], [], ["CustomerMail", "OrderCount", "LowStockAlert"]),
        (["OrderCount"], [], ["OrderCount"]),
        ([], ["OrderPaid"], ["CustomerMail", "OrderCount"]),
        (["CustomerMail"], ["OrderPaid"], ["CustomerMail"]),
    ],
)
def test_replay_goes_to_the_rules_that_match_one_of_the_events(
    queues: list[str], events: list[str], expected: list[str]
) -> None:
    assert choose_rules(_PATTERNS, queues, events) == expected


@pytest.mark.parametrize(
    ("queues", "events", "said"),
    [
        (["Mail"], [], "queues: must be among CustomerMail, OrderCount, LowStockAlert; Mail is not"),
        (
            [],
            ["OrderLost"],
            "events: must be received by CustomerMail or OrderCount or LowStockAlert; OrderLost is not",
        ),
        (["OrderCount"], ["OrderPaid", "StockLow"], "events: must be received by OrderCount; StockLow is not"),
    ],
)
def test_replay_is_refused_when_nobody_would_get_its_events(queues: list[str], events: list[str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        choose_rules(_PATTERNS, queues, events)
