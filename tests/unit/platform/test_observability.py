"""Log lines and metrics are those of powertools' own formatter and Metrics, whose output is the expectation here."""

import io
import json
import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import EphemeralMetrics

from microshop.platform import observability
from microshop.platform.observability import LineFormatter, MetricUnit
from tests.support.output import Output

_CONTEXT = SimpleNamespace(
    function_name="get_product",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:get_product",
    aws_request_id="0d6b2b1e-3c3f-4b8e-9d55-0f4c6b1f0a11",
)
_TRACE = "Root=1-6967a2d4-3f1c0e5b7a9d4c2e8b6f1a30;Parent=53995c3f42cd8ad8;Sampled=1"

type Lines = list[tuple[str, str]]
type Metrics = dict[str, tuple[float, MetricUnit]]


class _BothFormatters(LambdaPowertoolsFormatter):
    """Writes each record with powertools' formatter and with ours, which have the same keys."""

    def __init__(self) -> None:
        super().__init__()
        self.theirs, self.ours = LambdaPowertoolsFormatter(use_rfc3339=True, utc=True), LineFormatter()
        self.lines: Lines = []

    def format(self, record: logging.LogRecord) -> str:
        self.lines.append((self.theirs.format(record), self.ours.format(record)))
        return ""

    def append_keys(self, **keys: Any) -> None:
        self.theirs.append_keys(**keys)
        self.ours.append_keys(**keys)

    def remove_keys(self, keys: Any) -> None:
        self.theirs.remove_keys(keys)
        self.ours.remove_keys(keys)

    def clear_state(self) -> None:
        self.theirs.clear_state()
        self.ours.clear_state()


def _plain(log: Logger) -> None:
    log.info("request", status=200, duration_ms=1.25, route="/api/v1/products/{id}", subject_id=None, retried=False)
    log.warning("using an expired secret")
    log.error("request failed", reason="timeout")


def _nested(log: Logger) -> None:
    log.info("disagreement", subjects=["order 1", "order 2"], totals={"checked": 3, "missing": None}, empty={})


def _non_ascii(log: Logger) -> None:
    log.info("Größe geändert 价格", product="Wasserkocher “É”", emoji="🫖", control="a\nb\t\x7f\u2028")


def _not_serialisable(log: Logger) -> None:
    log.info("export", since=datetime(2026, 1, 1, tzinfo=UTC), day=date(2026, 1, 2), total=Decimal("1.50"))
    log.info("export", file=PurePosixPath("a/b"), kind=MetricUnit.Count, tags={"a"}, error=ValueError("no"))


def _cold_start(log: Logger) -> None:
    @log.inject_lambda_context(correlation_id_path="headers.correlation")
    def handler(_event: dict[str, Any], _context: object) -> None:
        log.info("request")

    for _ in range(2):
        handler({"headers": {"correlation": "c-1"}}, _CONTEXT)


def _correlation_id(log: Logger) -> None:
    log.set_correlation_id("c-2")
    log.info("request", status=200)
    log.set_correlation_id(None)
    log.info("request")


def _keys(log: Logger) -> None:
    log.append_keys(order_id=7, service="orders")
    log.info("first", order_id=8)
    log.remove_keys(["order_id"])
    log.info("second")
    with log.append_context_keys(step="pay"):
        log.info("third")
    log.structure_logs(fresh=True)
    log.info("fourth")


def _keys_of_thread(log: Logger) -> None:
    log.thread_safe_append_keys(consumer="count_orders", module="%(module)s")
    log.info("event", consumer="other")
    log.thread_safe_clear_keys()
    log.info("event")


def _other_formats(log: Logger) -> None:
    log.append_keys(location="%(module)s.%(funcName)s", process="%(process)d")
    log.info("request")


def _names_of_attributes(log: Logger) -> None:
    log.info("request", timestamp="now", location="here", level="loud", xray_trace_id="none", exception="a text")


def _arguments(log: Logger) -> None:
    log.info("%s of %d", "one", 2, kind="positional")


def _message_that_is_no_text(log: Logger) -> None:
    log.info({"message": "a", "b": None})
    log.info(None)
    log.info(5)


def _traceback(log: Logger) -> None:
    try:
        try:
            int("x")
        except ValueError as error:
            error.add_note("while reading Größe")
            raise RuntimeError("request failed") from error
    except RuntimeError as error:
        error.add_note("a note")
        log.exception("request failed", route="/api/v1/products", status=500)
        log.warning("request repeated", exc_info=error)
    log.warning("no exception", exc_info=True)  # noqa: LOG014 - the traceback of nothing


_CALLS = [
    _plain,
    _nested,
    _non_ascii,
    _not_serialisable,
    _cold_start,
    _correlation_id,
    _keys,
    _keys_of_thread,
    _other_formats,
    _names_of_attributes,
    _arguments,
    _message_that_is_no_text,
    _traceback,
]


@pytest.mark.parametrize("trace", ["", _TRACE], ids=["not traced", "traced"])
@pytest.mark.parametrize("write", _CALLS, ids=lambda write: write.__name__)
def test_log_lines_are_those_of_powertools(
    write: Callable[[Logger], None], trace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    formatter = _BothFormatters()
    name = f"{write.__name__}-{trace}"  # loggers of one name share their formatter
    # Its type says that it takes powertools' formatter, but not a subclass.
    write(Logger(name, logger_formatter=cast("Any", formatter), stream=io.StringIO()))

    assert formatter.lines
    for theirs, ours in formatter.lines:
        assert ours == theirs


def test_the_log_is_a_logger_of_powertools(output: Output) -> None:
    log: Any = observability.log()
    log.info("request", status=200)

    assert isinstance(log, Logger)
    assert [(line["level"], line["message"], line["service"], line["status"]) for line in output.logs] == [
        ("INFO", "request", "microshop", 200)
    ]


_METRICS: list[tuple[Metrics, dict[str, str]]] = [
    ({"orders_total": (1, MetricUnit.Count)}, {}),
    ({"orders_total": (3, MetricUnit.Count), "wait_seconds": (0.0125, MetricUnit.Seconds)}, {"status": "2xx"}),
    ({"bytes": (10**20, MetricUnit.Bytes)}, {"method": "GET", "endpoint": "/api/v1/products/{id}", "status": "200"}),
    ({"events_total": (0, MetricUnit.Count)}, {"consumer": "Größe 价格"}),
]


@pytest.mark.parametrize(("metrics", "dimensions"), _METRICS)
def test_metrics_are_those_of_powertools(metrics: Metrics, dimensions: dict[str, str], output: Output) -> None:
    _emit_with_powertools(metrics, dimensions)
    observability.emit(metrics, **dimensions)

    theirs, ours = output.metrics
    assert abs(ours["_aws"].pop("Timestamp") - theirs["_aws"].pop("Timestamp")) < 3_600_000  # the same unit
    assert json.dumps(ours) == json.dumps(theirs)  # also in the same order


@pytest.mark.filterwarnings("ignore:The dimension consumer doesn't meet the requirements")
def test_metrics_without_service_or_with_a_blank_dimension_are_those_of_powertools(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POWERTOOLS_SERVICE_NAME")
    test_metrics_are_those_of_powertools(
        {"events_total": (1, MetricUnit.Count)}, {"consumer": " ", "kind": "a"}, output
    )


@pytest.mark.parametrize(
    "variables",
    [
        {"POWERTOOLS_METRICS_DISABLED": "true"},
        {"POWERTOOLS_METRICS_DISABLED": "1"},
        {"POWERTOOLS_METRICS_DISABLED": "false"},
        {"POWERTOOLS_DEV": "true"},
        {"POWERTOOLS_DEV": "true", "POWERTOOLS_METRICS_DISABLED": "false"},
        {"POWERTOOLS_DEV": "true", "POWERTOOLS_METRICS_DISABLED": "true"},
    ],
    ids=str,
)
def test_metrics_are_disabled_where_powertools_disables_them(
    variables: dict[str, str], output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    metrics: Metrics = {"orders_total": (1, MetricUnit.Count)}

    _emit_with_powertools(metrics, {})
    is_enabled = bool(output.metrics)
    observability.emit(metrics)

    assert len(output.metrics) == 2 * is_enabled
    assert is_enabled == (variables.get("POWERTOOLS_METRICS_DISABLED") == "false")


def _emit_with_powertools(metrics: Metrics, dimensions: dict[str, str]) -> None:
    theirs = EphemeralMetrics()
    for name, value in dimensions.items():
        theirs.add_dimension(name, value)
    for name, (number, unit) in metrics.items():
        theirs.add_metric(name, unit, number)
    theirs.flush_metrics()
