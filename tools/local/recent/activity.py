"""What the stack did in the last minutes, and what caused what.

A request, the invocations that answer it and the events that these publish have one trace id (X-Ray's header). A client
may send the same one with several requests: the latest request before something happened counts as its cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.local.recent.latest import Latest

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from tools.local.recent.records import Delivery, Invocation, Line, SeenRequest

_REQUESTS = 500
_INVOCATIONS = 2000  # a request has one or two: its authorizer's and its function's
_DELIVERIES = 500


class Activity:
    """The latest requests, invocations and deliveries; `lines` are the latest log lines of functions."""

    def __init__(self, lines: Latest[Line]) -> None:
        self.requests: Latest[SeenRequest] = Latest(_REQUESTS)
        self.invocations: Latest[Invocation] = Latest(_INVOCATIONS)
        self.deliveries: Latest[Delivery] = Latest(_DELIVERIES)
        self._lines = lines

    def request(self, request_id: str) -> SeenRequest | None:
        """The request with this id, unless it is forgotten."""
        return next((seen for seen in self.requests.newest_first() if seen.id == request_id), None)

    def log_of(self, request: SeenRequest) -> list[Line]:
        """What the request's functions logged, the oldest line first."""
        return self._lines_of(
            {each.id for each in self.invocations.newest_first() if self._causes(request, each.trace, each.at)}
        )

    def deliveries_for(self, request: SeenRequest) -> list[Delivery]:
        """The deliveries of the events that the request caused, the oldest first."""
        found = reversed(self.deliveries.newest_first())
        return [each for each in found if self._causes(request, each.trace, each.happened_at)]

    def deliveries_of(self, event_id: str) -> list[Delivery]:
        """The deliveries of an event, the oldest first."""
        return [each for each in reversed(self.deliveries.newest_first()) if each.event_id == event_id]

    def log_of_delivery(self, delivery: Delivery) -> list[Line]:
        """What the consumer logged, without lines about other events of the batch."""
        return [line for line in self._lines_of({delivery.invocation_id}) if line.event_id in ("", delivery.event_id)]

    def request_behind(self, delivery: Delivery) -> SeenRequest | None:
        """The request that caused the event, if one did and is not forgotten."""
        return self._cause(delivery.trace, delivery.happened_at)

    def invocation_behind(self, delivery: Delivery) -> Invocation | None:
        """The invocation that published the event where no request did: a schedule's or an operator's."""
        found = self.invocations.newest_first()
        return next((each for each in found if each.trace == delivery.trace), None)

    def _causes(self, request: SeenRequest, trace: str | None, at: datetime | None) -> bool:
        return trace == request.trace and self._cause(trace, at) == request

    def _cause(self, trace: str | None, at: datetime | None) -> SeenRequest | None:
        if at is None:
            return None
        before = [seen for seen in self.requests.newest_first() if seen.trace == trace and seen.at <= at]
        return max(before, key=lambda seen: seen.at, default=None)

    def _lines_of(self, invocation_ids: Collection[str | None]) -> list[Line]:
        return [line for line in reversed(self._lines.newest_first()) if line.invocation_id in invocation_ids]
