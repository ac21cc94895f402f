"""Checks infra/consumers.yaml for events without a consumer and for limits of AWS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.documents.consumers import TABLE
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tools.documents.consumers import Consumer

# A CloudWatch alarm can have ten metrics: the age of each queue, and the expression that combines them.
_MAX_CONSUMERS = 9
# Lambda allows 4 KB of variables per function; 256 bytes are for the variables of every function.
_MAX_QUEUES_BYTES = 4096 - 256
_REFERENCE = re.compile(r"\$\{\w+\}")
# The longest possible URL: the name of a queue has up to 80 characters.
_QUEUE_URL = "https://sqs.ap-southeast-2.amazonaws.com/123456789012/" + 80 * "q"


def check(rows: Sequence[Consumer], unconsumed: Collection[str], published: Collection[str]) -> None:
    """Check that the table names every published event, and no other, either in a row or as unconsumed.

    Raises:
        LocalProblem: an event is missing, unknown, or in both places.
    """
    for row in rows:
        _refuse_unknown(f"{TABLE}, {row.name}", set(row.events) - set(published))
        for event in sorted(set(row.events) & set(unconsumed)):
            raise LocalProblem(f"{TABLE}, unconsumed: {row.name} consumes {event}: remove one of the two.")
    _refuse_unknown(f"{TABLE}, unconsumed", set(unconsumed) - set(published))
    for event in sorted(set(published) - set(unconsumed) - {event for row in rows for event in row.events}):
        raise LocalProblem(f"{TABLE}: no consumer for {event}: add it to a row, or to unconsumed.")


def check_limits(rows: Sequence[Consumer], queues: str) -> None:
    """Check the limits of AWS that grow with the number of consumers. `queues` is the value of the variable QUEUES.

    Raises:
        LocalProblem: a limit is exceeded.
    """
    if len(rows) > _MAX_CONSUMERS:
        raise LocalProblem(
            f"{TABLE}: {len(rows)} consumers: the alarm EventsDelayed can have {_MAX_CONSUMERS}, because CloudWatch "
            "allows ten metrics per alarm: add a second alarm (docs/decisions/0036-a-consumer-is-one-row.md)."
        )
    size = len(_REFERENCE.sub(_QUEUE_URL, queues))
    if size > _MAX_QUEUES_BYTES:
        raise LocalProblem(
            f"{TABLE}: the variable QUEUES needs up to {size} bytes of {_MAX_QUEUES_BYTES}: shorten names, or split it "
            "(docs/decisions/0036-a-consumer-is-one-row.md)."
        )


def _refuse_unknown(place: str, events: Collection[str]) -> None:
    if events:
        raise LocalProblem(f"{place}: unknown events: {', '.join(sorted(events))}.")
