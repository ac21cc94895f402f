"""The rules of a replay: which period may be replayed, and to which queues.

Consumers ignore events that they have handled, as long as their inbox has the record. So a replay may reach back that
far, less the time that a replayed event may wait: two weeks in its queues, and two more if an operator redrives it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_IN_QUEUES = timedelta(days=28)
# "There may be a delay between an event being published and its arrival in the archive": EventBridge's documentation
# advises to wait for ten minutes.
ARCHIVING = timedelta(minutes=10)


@dataclass(frozen=True)
class Period:
    """The period from `begin` up to but not including `end`."""

    begin: datetime
    end: datetime


def period_of(begin: object, end: object, *, now: datetime, inbox_days: int) -> Period:
    """Return the period between two ISO 8601 times with an offset; `end` defaults to now.

    Raises:
        InvalidInput: a time is unreadable, they are in the wrong order, or inboxes may have deleted records of then.
    """
    found = Period(_moment("from", begin), _moment("to", end) if end else now)
    earliest = now - max(timedelta(days=inbox_days) - _IN_QUEUES, timedelta(0))
    if found.begin < earliest:
        raise InvalidInput(
            FieldProblem(
                "from",
                f"must not be before {earliest:%Y-%m-%dT%H:%MZ}: consumers remember {inbox_days} days, and what is "
                f"replayed may wait in queues for 28 of them (see InboxRetentionDays)",
            )
        )
    if found.begin >= now:
        raise InvalidInput(FieldProblem("from", "must be in the past"))
    if not found.begin < found.end <= now:
        raise InvalidInput(FieldProblem("to", "must be later than the beginning and not in the future"))
    return found


def choose_rules(
    patterns: Mapping[str, Collection[str]], queues: Collection[str], events: Collection[str]
) -> list[str]:
    """Return the rules to replay to: those of `queues` (default: all) that match one of `events`, if given.

    `patterns` has the event types that each rule matches.

    Raises:
        InvalidInput: a queue does not exist, or no rule matches one of the events.
    """
    if unknown := sorted(set(queues) - patterns.keys()):
        raise InvalidInput(FieldProblem("queues", f"must be among {', '.join(patterns)}; {', '.join(unknown)} is not"))
    asked = [name for name in patterns if not queues or name in queues]
    found = [name for name in asked if not events or set(events) & set(patterns[name])]
    if missing := sorted(set(events) - {kind for name in asked for kind in patterns[name]}):
        raise InvalidInput(
            FieldProblem("events", f"must be received by {' or '.join(asked)}; {', '.join(missing)} is not")
        )
    return found


def _moment(name: str, text: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidInput(FieldProblem(name, "must be a time with its offset, such as 2026-11-24T10:00Z"))
    return moment
