"""The records of requests, invocations, log lines and deliveries. Times are in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A request with the status of its response. `target` is the masked path with its query.

    `refusal` is the type of the gateway response if the gateway itself responded.
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
    """An invocation of a function by a request, an event, a schedule or an operator."""

    id: str
    at: datetime
    function: str
    trace: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """A log line of a function, or the error of its invocation. `event_id` is "" without an event."""

    at: datetime
    function: str
    invocation_id: str
    level: str
    message: str
    traceback: str = ""
    event_id: str = ""


class DeliveryResult(StrEnum):
    """The result of a delivery."""

    HANDLED = "handled"
    RETRIED = "retried"
    DEAD_LETTERED = "dead-lettered"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that a consumer received at the time `at`. Its event happened before.

    A message that is not an event of the shop has its own id as `event_id`, "" as type, and neither time nor trace.
    `attempt` starts at 1. `invocation_id` is None if the function could not be invoked.
    """

    at: datetime
    consumer: str
    event_id: str
    event_type: str
    happened_at: datetime | None
    trace: str | None
    body: str
    attempt: int
    result: DeliveryResult
    invocation_id: str | None
