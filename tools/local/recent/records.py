"""What the stack remembers of a request, an invocation, a log line and a delivery. Times are in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request to the API with its answer, without headers and bodies; `target` is the path with its query, masked.

    `refusal` is the type of the gateway response if the gateway itself answered.
    """

    id: str
    at: datetime
    method: str
    target: str
    status: int
    duration_ms: float
    function: str | None
    refusal: str | None
    trace: str


@dataclass(frozen=True, slots=True)
class Invocation:
    """An invocation of a function, by whatever caused it."""

    id: str
    at: datetime
    function: str
    trace: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a function wrote, or how its invocation failed; `event_id` is "" where it is about no event."""

    at: datetime
    function: str
    invocation_id: str
    level: str
    message: str
    traceback: str = ""
    event_id: str = ""


class Result(StrEnum):
    """How a delivery ended."""

    HANDLED = "handled"
    RETRIED = "retried"
    DEAD_LETTERED = "dead-lettered"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that a consumer received at a time, with an event that happened before.

    A message that is not an event of the shop has its own id as `event_id`, "" as type, and neither time nor trace.
    `attempt` counts from 1; `invocation_id` is None if the function could not be invoked.
    """

    at: datetime
    consumer: str
    event_id: str
    event_type: str
    happened_at: datetime | None
    trace: str | None
    body: str
    attempt: int
    result: Result
    invocation_id: str | None
