"""Events: a type, a version, an id, a time, data, and the thing that they happened to."""

import dataclasses
import json
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any, ClassVar, Protocol


def _new_id() -> str:
    return str(uuid.uuid4())


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Event(ABC):
    """Something that happened. A subclass adds the fields of its `data`; `events/schemas/` has their schemas."""

    type: ClassVar[str]
    version: ClassVar[int]

    id: str = field(default_factory=_new_id)
    time: datetime = field(default_factory=_now)

    @property
    @abstractmethod
    def aggregate(self) -> str:
        """The thing that it happened to, such as `order:17`."""

    @property
    def data(self) -> dict[str, Any]:
        """The subclass's own fields."""
        return {
            item.name: getattr(self, item.name) for item in dataclasses.fields(self) if item.name not in ("id", "time")
        }


class EventLog(Protocol):
    """Stores events until they are published."""

    def add(self, event: Event) -> None: ...


@dataclass(frozen=True)
class ReceivedEvent:
    """An event as a consumer receives it from its queue."""

    type: str
    version: int
    id: str
    time: datetime
    trace: str | None
    data: dict[str, Any]


class MalformedEvent(Exception):
    """A message that is not an event of the shop."""


class UnknownEvent(Exception):
    """A consumer does not handle this event: its rule matches too much."""


class Claim(Enum):
    """Whose an event is after a consumer tried to claim it."""

    MINE = "mine"
    DONE = "done"
    OTHERS = "others"


def read_event(body: str) -> ReceivedEvent:
    """Return the event in a message that an EventBridge rule put on a queue.

    Raises:
        MalformedEvent: the message is not an event of the shop.
    """
    try:
        envelope = json.loads(body)
        detail = envelope["detail"]
        return ReceivedEvent(
            type=str(envelope["detail-type"]),
            version=int(detail["version"]),
            id=str(detail["id"]),
            time=datetime.fromisoformat(detail["time"]),
            trace=detail.get("trace"),
            data=dict(detail["data"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedEvent(f"The message is not an event of the shop: {type(error).__name__}.") from error
