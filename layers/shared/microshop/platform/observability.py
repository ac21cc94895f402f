"""The structured log, the metrics and the trace id of this execution environment."""

import functools
import json
import os
import re

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

__all__ = ["MetricUnit", "log", "metrics", "trace_header"]

# Also takes the password out of a URL that an error message quotes, whose `secret@host` looks the same.
_MAIL_ADDRESS = re.compile(r"[^\s\"<>@:/]+@[A-Za-z0-9][A-Za-z0-9.-]*")

_TRACE_HEADER = re.compile(r"[A-Za-z0-9=;:,._-]{1,255}", re.ASCII)


@functools.cache
def log() -> Logger:
    """The structured log: one JSON object a line, in which no mail address survives, whatever an exception quotes."""
    return Logger(use_rfc3339=True, utc=True, json_serializer=_without_mail_addresses)


def metrics(**dimensions: str) -> EphemeralMetrics:
    """A fresh set of CloudWatch metrics (embedded metric format); `flush_metrics()` prints it."""
    emitted = EphemeralMetrics()
    for name, value in dimensions.items():
        emitted.add_dimension(name=name, value=value)
    return emitted


def trace_header() -> str | None:
    """The X-Ray trace header of the invocation at hand (`Root=1-…;Parent=…;Sampled=…`), or None.

    A client may send the header's beginning along: what would not fit the outbox's column counts as none.
    """
    header = os.environ.get("_X_AMZN_TRACE_ID", "")
    return header if _TRACE_HEADER.fullmatch(header) else None


def _without_mail_addresses(record: dict[str, object]) -> str:
    return _MAIL_ADDRESS.sub("[address]", json.dumps(record, default=str, ensure_ascii=False, separators=(",", ":")))
