"""Mistakes in infra/consumers.yaml that would make templates that AWS refuses, or events that nobody handles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.documents.consumers import TABLE
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tools.documents.consumers import Consumer

# A CloudWatch alarm takes ten metrics: the age of each queue, and the expression that combines them.
_MAX_CONSUMERS = 9
# Lambda takes 4 KB of variables a function; 256 bytes are for those that every function has.
_MAX_QUEUES_BYTES = 4096 - 256
_REFERENCE = re.compile(r"\$\{\w+\}")
# The longest: a queue's name has up to 80 characters.
_QUEUE_URL = "https://sqs.ap-southeast-2.amazonaws.com/123456789012/" + 80 * "q"


def check(rows: Sequence[Consumer], unheard: Collection[str], published: Collection[str]) -> None:
    """Check that every published event is heard or listed as unheard, and that no other is named.

    Raises:
        LocalProblem: one is not.
    """
    for row in rows:
        _refuse_unknown(f"{TABLE}, {row.name}", set(row.events) - set(published))
        for event in sorted(set(row.events) & set(unheard)):
            raise LocalProblem(f"{TABLE}, unheard: {row.name} hears {event}: remove one of the two.")
    _refuse_unknown(f"{TABLE}, unheard", set(unheard) - set(published))
    for event in sorted(set(published) - set(unheard) - {event for row in rows for event in row.events}):
        raise LocalProblem(f"{TABLE}: no consumer hears {event}: add it to a row, or to unheard.")


def check_limits(rows: Sequence[Consumer], queues: str) -> None:
    """Check that AWS takes an alarm and a variable with a part for each consumer; `queues` is that variable's value.

    Raises:
        LocalProblem: it does not.
    """
    if len(rows) > _MAX_CONSUMERS:
        raise LocalProblem(
            f"{TABLE}: {len(rows)} consumers: the alarm EventsDelayed takes {_MAX_CONSUMERS}, since CloudWatch takes "
            "ten metrics an alarm: add a second alarm (docs/decisions/0036-a-consumer-is-one-row.md)."
        )
    size = len(_REFERENCE.sub(_QUEUE_URL, queues))
    if size > _MAX_QUEUES_BYTES:
        raise LocalProblem(
            f"{TABLE}: the variable QUEUES takes up to {size} bytes of {_MAX_QUEUES_BYTES}: shorten names, or split it "
            "(docs/decisions/0036-a-consumer-is-one-row.md)."
        )


def _refuse_unknown(place: str, events: Collection[str]) -> None:
    if events:
        raise LocalProblem(f"{place}: the shop publishes no {', '.join(sorted(events))}.")
