"""The local stack's log as text: one short line a record, or with `LOG=debug` every field."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.local.recent.records import RequestRecord

# Fields that powertools and Lambda add to each record, and that a line shows elsewhere or not at all.
_NOISE = {
    "level", "location", "message", "timestamp", "service", "cold_start", "function_name", "function_memory_size",
    "function_arn", "function_request_id", "xray_trace_id", "exception", "exception_name", "stack_trace", "_aws",
    "function", "invocation_id",
}  # fmt: skip
_REQUEST = {"method", "route", "status", "duration_ms"}
_DELIVERY = {"consumer", "event_type", "outcome", "duration_ms"}
# Too long for a line that is read as it appears. The pages of /_local show them.
_FOR_SEARCHES = {"message_id", "event_id", "receive_count", "trace_id", "user_id"}
_MOST_VALUES = 5  # of a list
_COLOURS = {"warning": "33", "error": "31", "event": "35", "mail": "34"}
_COLOURS_OF_REQUESTS = {"2": "32", "3": "32", "4": "33", "5": "31"}  # by the first digit of the status


class Entry(NamedTuple):
    """A line for people: its kind (request, event, mail, info, warning or error), its text, and its terminal colour."""

    kind: str
    text: str
    colour: str


def request(seen: RequestRecord, body: bytes) -> Entry:
    """Returns a request as one short line; with the type of its problem and its id if it failed."""
    problem = _problem_of(body) if seen.status >= HTTPStatus.BAD_REQUEST else ""
    parts = [seen.method, seen.target, str(seen.status), problem, f"in {seen.duration_ms:.0f} ms"]
    parts += [f"request_id={seen.id}"] if seen.status >= HTTPStatus.BAD_REQUEST else []
    return Entry("request", " ".join(filter(None, parts)), _COLOURS_OF_REQUESTS.get(str(seen.status)[0], "0"))


def is_event(record: Mapping[str, Any]) -> bool:
    """Whether a function has logged the delivery of an event."""
    return record.keys() >= {"consumer", "event_type"}


def brief(function: str, record: Mapping[str, Any]) -> Entry:
    """Returns a record that a function has logged as one short line."""
    level = str(record.get("level", "INFO")).lower()
    kind = level if level in {"info", "warning"} else "error"
    subject = f"{function.removesuffix('Function')}: {message_of(record)}"
    hidden = _NOISE | _FOR_SEARCHES
    if is_event(record):
        hidden |= _DELIVERY
        outcome = record.get("outcome")
        kind = kind if outcome is None else "mail" if outcome == "sent" else "event"
        subject = f"{record['event_type']} → {record['consumer']}: {outcome or message_of(record)}"
    if exception := str(record.get("exception", "")).rstrip().rpartition("\n")[2]:
        subject = f"{subject}: {exception}"
    fields = {key: value for key, value in record.items() if key not in hidden}
    return Entry(kind, " ".join([subject, *_pairs(fields)]), _COLOURS.get(kind, "0"))


def full(record: Mapping[str, Any]) -> str:
    """Returns the message of a record with all its fields."""
    shown = {key: value for key, value in record.items() if key not in _NOISE}
    message = message_of(record)
    if shown.keys() >= _REQUEST:
        message = "{method} {route} {status} in {duration_ms} ms".format(**{key: shown.pop(key) for key in _REQUEST})
    return " ".join([message, *(f"{key}={_text(value)}" for key, value in shown.items())])


def message_of(record: Mapping[str, Any]) -> str:
    """Returns the message of a record; of a record of metrics, their kind."""
    return _text(record.get("message", "metrics" if "_aws" in record else ""))


def _problem_of(body: bytes) -> str:
    """Returns the last part of the URN of a problem's type, or "" for another body."""
    try:
        problem = json.loads(body)
    except ValueError:
        return ""
    return str(problem.get("type", "")).rpartition(":")[2] if isinstance(problem, dict) else ""


def _pairs(fields: Mapping[str, Any]) -> list[str]:
    return [
        f"{key}={f'({len(value)} values)' if isinstance(value, list) and len(value) > _MOST_VALUES else _text(value)}"
        for key, value in fields.items()
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
