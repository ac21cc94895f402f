"""The local stack's log as text: one short line a record, or with `LOG=debug` every field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# Fields that powertools and Lambda add to each record, and that a line shows elsewhere or not at all.
_NOISE = {
    "level", "location", "message", "timestamp", "service", "cold_start", "function_name", "function_memory_size",
    "function_arn", "function_request_id", "xray_trace_id", "exception", "exception_name", "stack_trace", "_aws",
    "function", "invocation_id",
}  # fmt: skip
_REQUEST = {"method", "route", "status", "duration_ms"}
_EVENT = {"consumer", "event_type", "outcome", "duration_ms"}
# Fields of requests and events that are useful in a search, and too long for a line that is read as it appears.
_FOR_SEARCHES = {"request_id", "user_id", "subject_id", "message_id", "event_id", "receive_count", "trace_id"}
_MOST_VALUES = 5  # of a list
_COLOURS = {"warning": "33", "error": "31", "event": "35", "mail": "34"}
_COLOURS_OF_REQUESTS = {"2": "32", "3": "32", "4": "33", "5": "31"}  # by the first digit of the status


class Entry(NamedTuple):
    """A line for people: its kind (request, event, mail, info, warning or error), its text, and its terminal colour."""

    kind: str
    text: str
    colour: str


def brief(function: str, record: Mapping[str, Any]) -> Entry:
    """Returns a record that a function has logged as one short line."""
    level = str(record.get("level", "INFO")).lower()
    fields = _without(_NOISE, record)
    if fields.keys() >= _REQUEST:
        return request(_request(fields), fields["status"])
    if level == "info" and fields.keys() >= _EVENT:
        kind, text = "mail" if fields["outcome"] == "sent" else "event", _event(fields)
    else:
        kind = level if level in {"info", "warning"} else "error"
        fields = _without(_FOR_SEARCHES, fields) if level == "info" else fields
        text = " ".join([f"{function.removesuffix('Function')}: {message_of(record)}", *_pairs(fields)])
    return Entry(kind, text, _COLOURS.get(kind, "0"))


def request(text: str, status: int) -> Entry:
    """Returns the line of an answer with this status."""
    return Entry("request", text, _COLOURS_OF_REQUESTS.get(str(status)[0], "0"))


def full(record: Mapping[str, Any]) -> str:
    """Returns the message of a record with all its fields."""
    shown = _without(_NOISE, record)
    message = message_of(record)
    if shown.keys() >= _REQUEST:
        message = "{method} {route} {status} in {duration_ms} ms".format(**{key: shown.pop(key) for key in _REQUEST})
    return " ".join([message, *(f"{key}={_text(value)}" for key, value in shown.items())])


def message_of(record: Mapping[str, Any]) -> str:
    """Returns the message of a record; of a record of metrics, their kind."""
    return _text(record.get("message", "metrics" if "_aws" in record else ""))


def _request(fields: dict[str, Any]) -> str:
    path = fields["route"].replace("{id}", str(fields.get("subject_id", "{id}")))
    line = f"{fields['method']} {path} {fields['status']} in {fields['duration_ms']:.0f} ms"
    # The page of a failed request has its log: /_local/requests?id=…
    failed = {"request_id": fields["request_id"]} if int(fields["status"]) >= 400 and "request_id" in fields else {}
    return " ".join([line, *_pairs(_without(_REQUEST | _FOR_SEARCHES, fields) | failed)])


def _event(fields: dict[str, Any]) -> str:
    line = f"{fields['event_type']} → {fields['consumer']}: {fields['outcome']}"
    return " ".join([line, *_pairs(_without(_EVENT | _FOR_SEARCHES, fields))])


def _without(names: Collection[str], fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key not in names}


def _pairs(fields: Mapping[str, Any]) -> list[str]:
    return [
        f"{key}={f'({len(value)} values)' if isinstance(value, list) and len(value) > _MOST_VALUES else _text(value)}"
        for key, value in fields.items()
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
