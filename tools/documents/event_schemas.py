"""Generates events/schemas, the JSON schemas of events as consumers receive them, from the event classes."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any, get_type_hints, is_typeddict

from microshop.messaging.event import Event
from microshop.messaging.event_bus import EVENT_SOURCE
from tools import ROOT
from tools.documents.declared import classes, field_docs
from tools.documents.json_types import definition_of, object_of

if TYPE_CHECKING:
    from pathlib import Path

    from tools.documents.json_types import Schema

FOLDER = ROOT / "events" / "schemas"


def event_classes() -> dict[str, type[Event]]:
    """Returns the event classes by type, in alphabetical order. Classes without a type are bases."""
    events = [kind for kind in classes("events") if issubclass(kind, Event) and hasattr(kind, "type")]
    return {kind.type: kind for kind in sorted(events, key=lambda kind: kind.type)}


def documents() -> dict[Path, str]:
    """Returns the files of the folder and their expected texts."""
    return {
        FOLDER / f"{name}.json": json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n"
        for name, kind in event_classes().items()
    }


def schema(kind: type[Event]) -> Schema:
    """Returns the schema of the event as EventBridge delivers it."""
    parts: dict[str, Schema] = {}
    data = _data(kind, parts)
    known = "; consumers find the customer by user_id" if "user_id" in data["properties"] else ""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:microshop:event:{kind.type}:{kind.version}",
        "title": kind.type,
        "description": f"{_doc(kind)} The EventBridge bus carries source, detail-type and detail{known}.",
        "type": "object",
        "required": ["source", "detail-type", "detail"],
        "properties": {
            "source": {"const": EVENT_SOURCE},
            "detail-type": {"const": kind.type},
            "detail": _detail(kind.version, data),
        },
        **({"$defs": parts} if parts else {}),
    }


def _detail(version: int, data: Schema) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "version", "time", "trace", "data"],
        "properties": {
            "id": {
                "description": "The same on every delivery: consumers recognise an event that they have handled by it.",
                "type": "string",
                "format": "uuid",
            },
            "version": {"const": version},
            "time": {"description": "The time of the event.", "type": "string", "format": "date-time"},
            "trace": {
                "description": "X-Ray trace header of the request that caused it.",
                "type": ["string", "null"],
                "pattern": "^Root=1-[0-9a-f]{8}-[0-9a-f]{24}",
            },
            "data": data,
        },
    }


def _data(kind: type[Event], parts: dict[str, Schema]) -> Schema:
    def refer(part: Any) -> Schema | None:
        if not is_typeddict(part):
            return None
        if part.__name__ not in parts:
            parts[part.__name__] = _described(definition_of(part, refer), part)
        return {"$ref": f"#/$defs/{part.__name__}"}

    hints = get_type_hints(kind, include_extras=True)
    names = kind.fields()
    schema = object_of({name: hints[name] for name in names}, names, refer)
    docs = field_docs(kind)
    schema["properties"] = {
        name: {"description": docs[name], **field} if name in docs else field
        for name, field in schema["properties"].items()
    }
    return schema


def _described(schema: Schema, kind: type) -> Schema:
    return {"description": _doc(kind), **schema}


def _doc(kind: type) -> str:
    """Returns the docstring on one line."""
    return " ".join(inspect.cleandoc(kind.__doc__ or "").split())
