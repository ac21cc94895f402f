"""What every event has: a type, a version, an id, a time, and the thing that it happened to."""

import dataclasses
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
    """Something that happened. A subclass adds the fields of its `data`; `events/schemas/` holds the schema of each."""

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
    """Where events wait to be published."""

    def add(self, event: Event) -> None: ...


@dataclass(frozen=True)
class ReceivedEvent:
    """An event as a consumer gets it from its queue."""

    type: str
    version: int
    id: str
    time: datetime
    trace: str | None
    data: dict[str, Any]


class UnknownEvent(Exception):
    """An event that a consumer does not handle: its rule passes on more than it knows."""


class Claim(Enum):
    """What a consumer may do with an event."""

    MINE = "mine"
    DONE = "done"
    OTHERS = "others"
