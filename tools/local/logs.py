"""The stack's log: one line a record, as readable text or as JSON."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from tools.local.bursts import Burst
from tools.local.recent.latest import Latest
from tools.local.recent.records import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_COLOURS = {"DEBUG": "2", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "31;1"}
_OWN = "stack"  # the name under which the stack itself speaks
# What powertools and Lambda put into each record and a reader at a terminal has before him or does not need.
_NOISE = {
    "level", "location", "message", "timestamp", "service", "cold_start", "function_name", "function_memory_size",
    "function_arn", "function_request_id", "xray_trace_id", "exception", "exception_name", "stack_trace", "_aws",
    "function", "invocation_id",
}  # fmt: skip
_REQUEST = {"method", "route", "status", "duration_ms"}  # the line that a function writes about each request
_KEPT_LINES = 4000  # a request has two or three
_KEPT_CHARACTERS = 16_000  # of a message, and of a traceback


class Lines(Protocol):
    """Where text goes; each call has whole lines."""

    def write(self, text: str, /) -> object: ...


class Log:
    """Writes records of the stack and lines of its functions; `keep` is given the latter as they were written.

    `recent` has the latest lines of functions for the local pages.
    """

    def __init__(
        self,
        lines: Lines,
        *,
        level: str = "INFO",
        readable: bool = True,
        coloured: bool = False,
        keep: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._lines = lines
        self._readable = readable
        self._coloured = coloured
        self._level = logging.getLevelNamesMapping()[level.upper()]
        self._keep = keep
        self._throttled = Burst(self._tell_throttled)
        self.recent: Latest[Line] = Latest(_KEPT_LINES)

    def note(self, message: str, request_id: str = "", *, function: str = _OWN) -> None:
        self._record(function, "INFO", message, request_id)

    def caution(self, message: str, request_id: str = "") -> None:
        self._record(_OWN, "WARNING", message, request_id)

    def alarm(self, message: str, request_id: str = "", *, trace: str = "") -> None:
        self._record(_OWN, "ERROR", message, request_id, trace)

    def line(self, function: str, request_id: str, line: str) -> None:
        """One line of a function's output, as it wrote it."""
        if not line.strip():
            return
        self._keep(line)
        record = _parsed(line)
        is_for_programs = record is not None and not self._readable
        if is_for_programs:
            self._lines.write(f"{line}\n")
        record = {"level": "INFO", "message": line} if record is None else record
        if "_aws" in record and "message" not in record:  # what has metrics only is for CloudWatch
            return
        level, message, trace = _readable(record)
        self._remember(function, request_id, level, message, trace=trace, event_id=str(record.get("event_id", "")))
        if not is_for_programs:
            self._record(function, level, message, request_id, trace)

    def report(self, function: str, request_id: str, duration_ms: float, init_ms: float) -> None:
        init = f", init {init_ms:.1f} ms" if init_ms else ""
        self._record(function, "DEBUG", f"answered in {duration_ms:.1f} ms{init}", request_id)

    def access(self, method: str, path: str, status: int, duration_ms: float, request_id: str) -> None:
        self._record("gateway", "DEBUG", f"{method} {path} {status} {duration_ms:.1f} ms", request_id)

    def refusal(self, method: str, path: str, status: int, kind: str, request_id: str) -> None:
        """An answer that is the gateway's own: no function has logged it."""
        if self._readable and kind == "THROTTLED" and not self._throttled.begins():
            return
        self._record("gateway", "INFO", f"{method} {path} {status} {kind}", request_id)

    def function_error(self, function: str, request_id: str, error: Mapping[str, Any]) -> None:
        """An invocation that ended in an error, with the traceback that Lambda would log."""
        message = f"{error.get('errorType')}: {error.get('errorMessage')}"
        # An authorizer has no other way to say 401: that is an answer, not a failure.
        level = "DEBUG" if error.get("errorMessage") == "Unauthorized" else "ERROR"
        trace = "".join(error.get("stackTrace", ())).rstrip()
        if level == "ERROR":
            self._remember(function, request_id, level, message, trace=trace)
        self._record(function, level, message, request_id, trace)

    def _tell_throttled(self, more: int) -> None:
        self._record("gateway", "INFO", f"429 THROTTLED: {more} more within a second", "")

    def _remember(
        self, function: str, request_id: str, level: str, message: str, *, trace: str, event_id: str = ""
    ) -> None:
        # A message begins with what matters, a traceback ends with it.
        message, trace = message[:_KEPT_CHARACTERS], trace[-_KEPT_CHARACTERS:]
        self.recent.add(Line(datetime.now(UTC), function, request_id, level, message, trace, event_id))

    def _record(self, function: str, level: str, message: str, request_id: str, trace: str = "") -> None:
        if logging.getLevelNamesMapping().get(level, logging.INFO) < self._level:
            return
        now = datetime.now(UTC)
        if self._readable:
            time, name = self._in_colour("2", f"{now.astimezone():%H:%M:%S}"), self._in_colour("36", f"{function:<24}")
            text = f"{time} {name} {self._in_colour(_COLOURS.get(level, '0'), f'{level:<7}')} {message}\n"
            self._lines.write(f"{text}{trace}\n" if trace else text)
            return
        record = {
            "timestamp": now.isoformat(timespec="milliseconds"),
            "level": level,
            "function": function,
            "message": message,
        }
        record |= {"request_id": request_id} if request_id else {}
        record |= {"stack_trace": trace} if trace else {}
        self._lines.write(json.dumps(record) + "\n")

    def _in_colour(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._coloured else text


def _parsed(line: str) -> Mapping[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _readable(record: Mapping[str, Any]) -> tuple[str, str, str]:
    """Returns level, message and traceback of a function's record."""
    shown = {key: value for key, value in record.items() if key not in _NOISE}
    message = _brief(record.get("message", ""))
    if shown.keys() >= _REQUEST:
        message = "{method} {route} {status} in {duration_ms} ms".format(**{key: shown.pop(key) for key in _REQUEST})
    message = " ".join([message, *(f"{key}={_brief(value)}" for key, value in shown.items())])
    return str(record.get("level", "INFO")).upper(), message, str(record.get("exception", ""))


def _brief(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
