"""Every event that the shop publishes: its class, its schema, and one of its kind as the outbox records it."""

import json
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import microshop
from microshop.messaging.event import Event
from microshop.messaging.event_bus import _entry
from microshop.messaging.outbox import Outbox, OutboxRow
from microshop.users.events import UserRegistered
from tests.support.templates import ROOT

if TYPE_CHECKING:
    from microshop.platform.mysql import Database

SCHEMAS = ROOT / "events" / "schemas"
# One of each; a test says that none is missing.
SAMPLES: dict[str, Event] = {"UserRegistered": UserRegistered(user_id=17, language="en")}


def event_classes() -> dict[str, type[Event]]:
    """The shop's event classes by event type."""
    for module in pkgutil.walk_packages(microshop.__path__, "microshop."):
        if module.name.endswith(".events"):
            import_module(module.name)
    # Tests may have made classes of their own in this process.
    concrete = _below(Event)  # type: ignore[type-abstract]  # what is below it is concrete
    return {kind.type: kind for kind in concrete if kind.__module__.startswith("microshop.")}


def schema_of(event_type: str) -> dict[str, Any]:
    """The schema in events/schemas."""
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{event_type}.json").read_text(encoding="utf-8"))
    return schema


def published(event: Event) -> dict[str, Any]:
    """What a rule sees of the event: the outbox's own words, through the relay's own entry."""
    noted = _Notes()
    Outbox(cast("Database", noted)).add(event)
    row = OutboxRow(1, noted.row["event_id"], noted.row["type"], noted.row["detail"], noted.row["trace_header"], 0)
    entry = _entry("bus", row)
    return {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}


class _Notes:
    """Keeps the row that a database would have got."""

    def execute(self, _sql: str, row: dict[str, Any]) -> int:
        self.row = row
        return 1


def _below(kind: type[Event]) -> Iterator[type[Event]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _below(subclass)
