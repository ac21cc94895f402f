"""Events. Each has a type, a version, an id, a time, data, and the aggregate that it is about."""

import json
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, ClassVar, Protocol, dataclass_transform


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Event(ABC):
    """A published fact. A subclass declares the fields of its `data`; `events/schemas/` has their schemas.

    A subclass is declared and type-checked like a frozen dataclass, but it is not one: generating the methods of
    dataclasses took a tenth of a publishing function's cold start (docs/decisions/0051-cold-start-budget.md).
    """

    type: ClassVar[str]
    version: ClassVar[int]

    def __init__(self, **data: Any) -> None:
        if data.keys() != set(self.fields()):
            raise TypeError(f"{self.__class__.__name__} has the fields {self.fields()}, not {list(data)}")
        self.id = str(uuid.uuid4())
        self.time = datetime.now(UTC)
        vars(self).update(data)

    @classmethod
    def fields(cls) -> list[str]:
        """Returns the names of the fields of `data`, those of base classes first."""
        declared = [name for kind in reversed(cls.__mro__) for name in getattr(kind, "__annotations__", {})]
        return [name for name in dict.fromkeys(declared) if name not in Event.__annotations__]

    @property
    @abstractmethod
    def aggregate(self) -> str:
        """The kind and id of the changed thing, such as `order:17`."""

    @property
    def data(self) -> dict[str, Any]:
        """The subclass's own fields."""
        return {name: getattr(self, name) for name in self.fields()}


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
    """A message is not an event of the shop."""


class UnknownEvent(Exception):
    """The consumer does not handle events of this type, but its EventBridge rule matches them."""


class Claim(Enum):
    """The result of a consumer's attempt to claim an event."""

    GRANTED = "granted"
    DONE = "done"
    """The consumer has handled the event before."""
    BUSY = "busy"
    """Another execution holds a claim."""


def read_event(body: str) -> ReceivedEvent:
    """Returns the event in a message that an EventBridge rule sent to a queue.

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
