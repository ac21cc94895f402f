"""The structured log, the metrics and the trace header of this execution environment."""

from __future__ import annotations

import functools
import json
import os
import re
import threading
from typing import TYPE_CHECKING, Any, cast

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    class Log(Protocol):
        """Powertools' logger as the shop uses it: fields of a log line are keywords."""

        def info(self, message: str, /, **fields: object) -> None: ...
        def warning(self, message: str, /, **fields: object) -> None: ...
        def error(self, message: str, /, **fields: object) -> None: ...
        def exception(self, message: str, /, **fields: object) -> None: ...


__all__ = ["MetricUnit", "count", "emit", "gauge", "log", "trace_header"]

# Also removes the password of a URL in an error message: `secret@host` looks the same.
_MAIL_ADDRESS = re.compile(r"[^\s\"<>@:/]+@[A-Za-z0-9][A-Za-z0-9.-]*")

# `json.dumps` makes an encoder for each line.
_encode = json.JSONEncoder(default=str, ensure_ascii=False, separators=(",", ":")).encode

_TRACE_HEADER = re.compile(r"[A-Za-z0-9=;:,._-]{1,255}", re.ASCII)


@functools.cache
def log() -> Log:
    """Returns the structured log: one JSON object per line, without mail addresses, even if an exception quotes one."""
    return cast("Log", Logger(use_rfc3339=True, utc=True, json_serializer=_serialize, json_deserializer=_keep))


def count(name: str, value: float = 1, /, **dimensions: str) -> None:
    """Emit how often something happened."""
    emit({name: (value, MetricUnit.Count)}, **dimensions)


def gauge(name: str, value: float, /, **dimensions: str) -> None:
    """Emit a current number of things."""
    emit({name: (value, MetricUnit.Count)}, **dimensions)


def emit(metrics: Mapping[str, tuple[float, MetricUnit]], /, **dimensions: str) -> None:
    """Emit values with their units as one line of CloudWatch's embedded metric format."""
    line = metrics_of_thread.line
    for dimension, dimension_value in dimensions.items():
        line.add_dimension(name=dimension, value=dimension_value)
    for name, (value, unit) in metrics.items():
        # As `add_metric` does, which also formats the whole metric for a debug line.
        line.metric_set[name] = {"Unit": unit.value, "StorageResolution": 60, "Value": [float(value)]}
    print(_encode(line.serialize_metric_set()))
    line.clear_metrics()


class _MetricsOfThread(threading.local):
    """The metrics object of each thread: to make one costs as much as to write its line."""

    @functools.cached_property
    def line(self) -> EphemeralMetrics:
        return EphemeralMetrics()


metrics_of_thread = _MetricsOfThread()


def trace_header() -> str | None:
    """Returns the X-Ray trace header of this invocation (`Root=1-…;Parent=…;Sampled=…`), or None.

    A client can send a part of it, so a header that does not fit the outbox's column counts as none.
    """
    header = os.environ.get("_X_AMZN_TRACE_ID", "")
    return header if _TRACE_HEADER.fullmatch(header) else None


def _keep(message: Any) -> Any:
    """Returns the message as it is. Powertools tries to read each as JSON, and none of the shop's is."""
    return message


def _serialize(record: dict[str, object]) -> str:
    line = _encode(record)
    # The expression tries every word of a line: a quarter of the time of a cached product.
    return _MAIL_ADDRESS.sub("[address]", line) if "@" in line else line
