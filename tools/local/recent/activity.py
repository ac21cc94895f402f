"""The recent requests, invocations and deliveries, and how they are related.

A request, its invocations and the events that they publish have the same trace id (header of X-Ray). A client may send
the same id with several requests. The cause is then the latest request before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.local.recent.ring_buffer import RingBuffer

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from tools.local.recent.records import Delivery, Invocation, LogLine, RequestRecord

_REQUESTS = 500
_INVOCATIONS = 2000  # a request has one or two: of its authorizer and of its function
_DELIVERIES = 500


class Activity:
    """The latest requests, invocations and deliveries. `lines` are the latest log lines of functions."""

    def __init__(self, lines: RingBuffer[LogLine]) -> None:
        self.requests: RingBuffer[RequestRecord] = RingBuffer(_REQUESTS)
        self.invocations: RingBuffer[Invocation] = RingBuffer(_INVOCATIONS)
        self.deliveries: RingBuffer[Delivery] = RingBuffer(_DELIVERIES)
        self._lines = lines

    def request(self, request_id: str) -> RequestRecord | None:
        """Returns the request with this id, or None if it is no longer recorded."""
        return next((seen for seen in self.requests.newest_first() if seen.id == request_id), None)

    def log_of(self, request: RequestRecord) -> list[LogLine]:
        """Returns the log lines of the functions of a request, oldest first."""
        return self._lines_of(
            {each.id for each in self.invocations.newest_first() if self._causes(request, each.trace, each.at)}
        )

    def deliveries_for(self, request: RequestRecord) -> list[Delivery]:
        """Returns the deliveries of the events that a request caused, oldest first."""
        found = reversed(self.deliveries.newest_first())
        return [each for each in found if self._causes(request, each.trace, each.happened_at)]

    def deliveries_of(self, event_id: str) -> list[Delivery]:
        """Returns the deliveries of an event, oldest first."""
        return [each for each in reversed(self.deliveries.newest_first()) if each.event_id == event_id]

    def log_of_delivery(self, delivery: Delivery) -> list[LogLine]:
        """Returns the log lines of the consumer, without those about other events of the batch."""
        return [line for line in self._lines_of({delivery.invocation_id}) if line.event_id in ("", delivery.event_id)]

    def cause_of(self, delivery: Delivery) -> RequestRecord | None:
        """Returns the request that caused the event, or None if there is none or it is no longer recorded."""
        return self._cause(delivery.trace, delivery.happened_at)

    def invocation_of(self, delivery: Delivery) -> Invocation | None:
        """Returns the invocation that published the event without a request, for a schedule or an operator."""
        found = self.invocations.newest_first()
        return next((each for each in found if each.trace == delivery.trace), None)

    def _causes(self, request: RequestRecord, trace: str | None, at: datetime | None) -> bool:
        return trace == request.trace and self._cause(trace, at) == request

    def _cause(self, trace: str | None, at: datetime | None) -> RequestRecord | None:
        if at is None:
            return None
        before = [seen for seen in self.requests.newest_first() if seen.trace == trace and seen.at <= at]
        return max(before, key=lambda seen: seen.at, default=None)

    def _lines_of(self, invocation_ids: Collection[str | None]) -> list[LogLine]:
        return [line for line in reversed(self._lines.newest_first()) if line.invocation_id in invocation_ids]
