"""The stack's log, one line a record: short text, text with all fields, or JSON."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from tools.local import log_text
from tools.local.burst_counter import BurstCounter
from tools.local.recent.records import LogLine
from tools.local.recent.ring_buffer import RingBuffer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tools.local.log_text import Entry
    from tools.local.recent.records import RequestRecord

_COLOURS = {"DEBUG": "2", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "31;1"}
_STACK = "stack"  # instead of the name of a function, in records of the stack itself
_PROBED = "/api/v1/health"  # by a schedule
_BACKLOG_SECONDS = 5.0
_KEPT_LINES = 4000  # a request has two or three
_KEPT_CHARACTERS = 16_000  # of a message, and of a traceback


class Lines(Protocol):
    """A text stream. Each call writes whole lines."""

    def write(self, text: str, /) -> object: ...


class Log:
    """Writes records of the stack and lines of its functions; `keep` gets the latter as the functions wrote them.

    As text, the log has one short line for each request, event, mail, warning and error, and what functions print. With
    `debug`, it has all lines of functions, metrics and durations, each with all fields. As JSON, the log has every line
    of a function unchanged. `recent` has the latest lines of functions for the local pages.
    """

    def __init__(
        self,
        lines: Lines,
        *,
        debug: bool = False,
        readable: bool = True,
        coloured: bool = False,
        keep: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._lines = lines
        self._is_brief = readable and not debug
        self._readable = readable
        self._coloured = coloured
        self._min_level = logging.DEBUG if debug else logging.INFO
        self._keep = keep
        self._throttled = BurstCounter(self._tell_throttled)
        self._backlog: Collection[str] = ()
        self._delivered = BurstCounter(self._tell_delivered, _BACKLOG_SECONDS)
        self.recent: RingBuffer[LogLine] = RingBuffer(_KEPT_LINES)

    def expect_backlog(self, event_ids: Collection[str]) -> None:
        """Count the deliveries of events that waited before the start, because one line each would hide the banner."""
        self._backlog = event_ids

    def info(self, message: str, request_id: str = "", *, function: str = _STACK) -> None:
        self._write(function, "INFO", message, request_id)

    def warning(self, message: str, request_id: str = "") -> None:
        self._write(_STACK, "WARNING", message, request_id)

    def error(self, message: str, request_id: str = "", *, trace: str = "") -> None:
        self._write(_STACK, "ERROR", message, request_id, trace)

    def line(self, function: str, request_id: str, line: str) -> None:
        """One line of a function's output, as it wrote it."""
        if not line.strip():
            return
        self._keep(line)
        parsed = _parsed(line)
        record = parsed or {"level": "INFO", "message": line}
        level, trace = str(record.get("level", "INFO")).upper(), str(record.get("exception", ""))
        has_only_metrics = "_aws" in record and "message" not in record
        if not has_only_metrics:
            event_id = str(record.get("event_id", ""))
            self._record_activity(function, request_id, level, log_text.full(record), trace=trace, event_id=event_id)
        if self._is_brief:
            if parsed is None or level != "INFO" or log_text.is_event(record):
                self._print_brief(function, record, trace)
        elif self._readable or parsed is None:
            self._write(function, level, log_text.full(record), request_id, trace)
        else:
            self._lines.write(f"{line}\n")

    def report(self, function: str, request_id: str, duration_ms: float, init_ms: float) -> None:
        init = f", init {init_ms:.1f} ms" if init_ms else ""
        self._write(function, "DEBUG", f"answered in {duration_ms:.1f} ms{init}", request_id)

    def request(self, seen: RequestRecord, body: bytes) -> None:
        """A request with the body of its answer. Text has a number for the 429 answers after the first of a second."""
        if self._readable and seen.status == HTTPStatus.TOO_MANY_REQUESTS and not self._throttled.starts_burst():
            return
        if self._is_brief:
            is_probe = seen.target == _PROBED and seen.status == HTTPStatus.OK
            if not is_probe:
                self._print(log_text.request(seen, body))
        else:  # otherwise a function has logged it
            level = "INFO" if seen.refusal else "DEBUG"
            answer = seen.refusal or f"in {seen.duration_ms} ms"
            self._write("gateway", level, f"{seen.method} {seen.target} {seen.status} {answer}", seen.id)

    def function_error(self, function: str, request_id: str, error: Mapping[str, Any]) -> None:
        """An invocation that ended in an error, with the traceback that Lambda would log."""
        message = f"{error.get('errorType')}: {error.get('errorMessage')}"
        # An authorizer returns 401 by raising this error, which is not a failure.
        level = "DEBUG" if error.get("errorMessage") == "Unauthorized" else "ERROR"
        trace = "".join(error.get("stackTrace", ())).rstrip()
        if level == "ERROR":
            self._record_activity(function, request_id, level, message, trace=trace)
        self._write(function, level, message, request_id, trace)

    def _print_brief(self, function: str, record: Mapping[str, Any], trace: str) -> None:
        if record.get("level") != "INFO" or record.get("event_id") not in self._backlog:
            self._print(log_text.brief(function, record), trace)
        elif self._delivered.starts_burst():
            self._write(_STACK, "INFO", "delivering the events of the demo orders, or of before the last stop", "")

    def _tell_throttled(self, more: int) -> None:
        self._write("gateway", "INFO", f"429: {more} more within a second", "")

    def _tell_delivered(self, more: int) -> None:
        self._write(_STACK, "INFO", f"{more} more deliveries of such events; /_local/events lists them", "")

    def _record_activity(
        self, function: str, request_id: str, level: str, message: str, *, trace: str, event_id: str = ""
    ) -> None:
        # A message begins with what matters, a traceback ends with it.
        message, trace = message[:_KEPT_CHARACTERS], trace[-_KEPT_CHARACTERS:]
        self.recent.add(LogLine(datetime.now(UTC), function, request_id, level, message, trace, event_id))

    def _write(self, function: str, level: str, message: str, request_id: str, trace: str = "") -> None:
        if logging.getLevelNamesMapping().get(level, logging.INFO) < self._min_level:
            return
        if self._is_brief:
            self._print(log_text.brief(function, {"level": level, "message": message}), trace)
        elif self._readable:
            name, label = self._in_colour("36", f"{function:<24}"), f"{level:<7}"
            message = f"{message} request_id={request_id}" if request_id and "request_id=" not in message else message
            self._print_line(f"{name} {self._in_colour(_COLOURS.get(level, '0'), label)} {message}", trace)
        else:
            record = {"timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level}
            record |= {"function": function, "message": message}
            record |= {"request_id": request_id} if request_id else {}
            record |= {"stack_trace": trace} if trace else {}
            self._lines.write(json.dumps(record) + "\n")

    def _print(self, entry: Entry, trace: str = "") -> None:
        kind = self._in_colour(entry.colour, f"{entry.kind:<7}")
        self._print_line(f"{kind} {entry.text}", trace)

    def _print_line(self, text: str, trace: str) -> None:
        time = self._in_colour("2", f"{datetime.now():%H:%M:%S}")  # noqa: DTZ005  people read the clock on their wall
        self._lines.write(f"{time} {text}\n{trace}\n" if trace else f"{time} {text}\n")

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
