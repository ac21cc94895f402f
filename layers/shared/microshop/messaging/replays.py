"""The rules of a replay: which period may be replayed, and to which queues.

A consumer ignores an event that it has handled, as long as its inbox keeps the record. A replayed event may wait for
four weeks before it is handled: two in its queue, and two more if it is redriven. So a replay may only contain events
whose records the inboxes keep for at least four more weeks.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, InvalidInput
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_IN_QUEUES = timedelta(days=28)
# EventBridge's documentation: "There may be a delay between an event being published and its arrival in the archive".
# It advises to wait for ten minutes.
ARCHIVE_DELAY = timedelta(minutes=10)


class Period(Value):
    """The period from `begin` up to but not including `end`."""

    begin: datetime
    end: datetime


def period_of(begin: object, end: object, *, now: datetime, inbox_days: int) -> Period:
    """Returns the period between two ISO 8601 times with an offset; `end` defaults to now.

    Raises:
        InvalidInput: a time is invalid, they are in the wrong order, or the inboxes may have deleted records since.
    """
    period = Period(_time("from", begin), _time("to", end) if end else now)
    earliest = now - max(timedelta(days=inbox_days) - _IN_QUEUES, timedelta(0))
    if period.begin < earliest:
        raise InvalidInput(
            FieldProblem(
                "from",
                f"must not be before {earliest:%Y-%m-%dT%H:%MZ}: consumers keep records of handled events for "
                f"{inbox_days} days, and a replayed event may wait in queues for 28 of them (see InboxRetentionDays)",
            )
        )
    if period.begin >= now:
        raise InvalidInput(FieldProblem("from", "must be in the past"))
    if not period.begin < period.end <= now:
        raise InvalidInput(FieldProblem("to", "must be later than the beginning and not in the future"))
    return period


def choose_rules(
    patterns: Mapping[str, Collection[str]], queues: Collection[str], events: Collection[str]
) -> list[str]:
    """Returns the rules to replay to: those of `queues` (default: all) that match one of `events`, if given.

    `patterns` has the event types that each rule matches.

    Raises:
        InvalidInput: a queue does not exist, or no rule matches one of the events.
    """
    if unknown := sorted(set(queues) - patterns.keys()):
        raise InvalidInput(FieldProblem("queues", f"must be among {', '.join(patterns)}; {', '.join(unknown)} is not"))
    candidates = [name for name in patterns if not queues or name in queues]
    if missing := sorted(set(events) - {event_type for name in candidates for event_type in patterns[name]}):
        raise InvalidInput(
            FieldProblem("events", f"must be received by {' or '.join(candidates)}; {', '.join(missing)} is not")
        )
    return [name for name in candidates if not events or set(events) & set(patterns[name])]


def _time(field: str, text: object) -> datetime:
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise InvalidInput(FieldProblem(field, "must be a time with an offset, such as 2026-11-24T10:00Z"))
    return time
