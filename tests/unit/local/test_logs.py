"""The log of the local stack, as text and as JSON."""

from __future__ import annotations

import asyncio
import io
import json
from copy import replace
from datetime import UTC, datetime
from typing import Any

from tests.support.table_rows import wrong_answers
from tools.local.logs import Log
from tools.local.recent.records import RequestRecord

LINE = json.dumps(
    {"level": "WARNING", "message": "stock is low", "timestamp": "t", "service": "s", "product_id": "p-1", "left": 3}
)


SEEN = RequestRecord(
    id="r-1",
    at=datetime(2026, 11, 29, tzinfo=UTC),
    method="GET",
    target="/products?q=tea",
    status=200,
    duration_ms=5.2,
    function="ListProductsFunction",
    refusal=None,
    trace="1-2",
)
PROBLEM = b'{"type": "urn:microshop:problem:not-found", "status": 404}'
EVENT = {
    "level": "INFO", "message": "event", "consumer": "count_orders", "message_id": "m-1", "receive_count": 1,
    "event_id": "e-1", "event_type": "OrderPaid", "trace_id": "1-2", "order_id": 7, "outcome": "counted",
    "duration_ms": 3.14,
}  # fmt: skip
METRICS = '{"_aws": {}, "orders": 1}'


def written(*, readable: bool = True, debug: bool = False, coloured: bool = False, call: Any) -> str:
    stream = io.StringIO()
    call(Log(stream, readable=readable, debug=debug, coloured=coloured))
    return stream.getvalue()


def text_of(record: dict[str, Any], function: str = "ShipFunction", *, debug: bool = False) -> str:
    """The text of a function's record, without the time and the newline."""
    line = written(debug=debug, call=lambda log: log.line(function, "r", json.dumps(record)))
    return line.partition(" ")[2].rstrip("\n")


def test_json_line_of_a_function_is_unchanged_in_a_json_log() -> None:
    assert written(readable=False, call=lambda log: log.line("F", "r", LINE)) == LINE + "\n"


def test_records_are_short_lines_of_text() -> None:
    failed = {key: value for key, value in EVENT.items() if key != "outcome"}
    failed |= {"level": "ERROR", "message": "event failed", "exception": "  File …\nKeyError: 'a'"}
    rows = [
        (json.loads(LINE), "warning Ship: stock is low product_id=p-1 left=3"),
        (EVENT, "event   OrderPaid → count_orders: counted order_id=7"),
        (EVENT | {"consumer": "send_mail", "outcome": "sent"}, "mail    OrderPaid → send_mail: sent order_id=7"),
        (EVENT | {"ids": list(range(40))}, "event   OrderPaid → count_orders: counted order_id=7 ids=(40 values)"),
        (failed, "error   OrderPaid → count_orders: event failed: KeyError: 'a' order_id=7\n  File …\nKeyError: 'a'"),
        ({"level": "CRITICAL", "message": "no"}, "error   Ship: no"),
        ({"level": "INFO", "message": "purged", "sessions": 0}, ""),
        ({"level": "WARNING", "message": "purge is late"}, "warning Ship: purge is late"),
    ]

    assert wrong_answers(text_of, rows) == []


def test_requests_are_short_lines_of_text() -> None:
    health = replace(SEEN, target="/api/v1/health")
    rows = [
        ((SEEN, b"{}"), "request GET /products?q=tea 200 in 5 ms"),
        ((replace(SEEN, status=404), PROBLEM), "request GET /products?q=tea 404 not-found in 5 ms request_id=r-1"),
        ((replace(SEEN, status=502), b"no JSON"), "request GET /products?q=tea 502 in 5 ms request_id=r-1"),
        ((health, b"{}"), ""),
        ((replace(health, status=503), b"{}"), "request GET /api/v1/health 503 in 5 ms request_id=r-1"),
    ]

    def shown(row: tuple[RequestRecord, bytes]) -> str:
        return written(call=lambda log: log.request(*row)).partition(" ")[2].rstrip("\n")

    assert wrong_answers(shown, rows) == []


def test_debugging_shows_all_fields_of_every_record() -> None:
    shown = text_of({"level": "INFO", "message": "purged", "sessions": 0, "trace_id": "1-2"}, debug=True)

    assert shown == "ShipFunction             INFO    purged sessions=0 trace_id=1-2 request_id=r"


def test_text_contains_the_output_of_a_function() -> None:
    assert "info    F: hello" in written(call=lambda log: log.line("F", "r", "hello"))


def test_events_that_waited_at_the_start_are_counted() -> None:
    stream = io.StringIO()

    async def deliver() -> None:
        log = Log(stream)
        log.expect_backlog({"e-1"})
        for _ in range(3):
            log.line("F", "r", json.dumps(EVENT))
        log.line("F", "r", json.dumps(EVENT | {"event_id": "e-2"}))

    asyncio.run(deliver())

    first, other = stream.getvalue().splitlines()
    assert "delivering the events of the demo orders" in first
    assert "OrderPaid → count_orders" in other


def test_plain_output_is_a_record_with_its_request_id_in_a_json_log() -> None:
    record = json.loads(written(readable=False, call=lambda log: log.line("F", "r-1", "hello")))
    assert (record["function"], record["request_id"], record["message"]) == ("F", "r-1", "hello")


def test_metrics_are_unchanged_in_a_json_log() -> None:
    assert written(readable=False, call=lambda log: log.line("F", "r", METRICS)) == METRICS + "\n"


def test_metrics_are_shown_as_text_only_when_debugging() -> None:
    def call(log: Log) -> None:
        log.line("F", "r", METRICS)

    assert written(call=call) == ""
    assert "metrics orders=1" in written(debug=True, call=call)


def test_durations_are_shown_only_when_debugging() -> None:
    def call(log: Log) -> None:
        log.report("F", "r", 1.5, 80.0)

    assert written(call=call) == ""
    assert "init 80.0 ms" in written(debug=True, call=call)


def test_text_has_colours_only_when_wanted() -> None:
    def call(log: Log) -> None:
        log.warning("stock is low")

    assert "\x1b" not in written(call=call)
    assert "\x1b[33mwarning" in written(coloured=True, call=call)


def test_many_throttled_requests_are_one_line_per_second() -> None:
    stream = io.StringIO()

    async def flood() -> None:
        log = Log(stream)
        for _ in range(500):
            log.request(replace(SEEN, status=429), PROBLEM)
        log.request(replace(SEEN, status=404), PROBLEM)
        while "more" not in stream.getvalue():  # noqa: ASYNC110  the log sets no event
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(flood(), 60))

    first, other, summary = stream.getvalue().splitlines()
    assert "429" in first
    assert "404" in other
    assert summary.endswith("429: 499 more within a second")


def test_json_has_a_record_of_every_answer_of_the_gateway() -> None:
    def call(log: Log) -> None:
        for _ in range(3):
            log.request(replace(SEEN, status=429, refusal="THROTTLED"), PROBLEM)
        log.request(SEEN, b"{}")  # its function has logged it

    assert written(readable=False, call=call).count("GET /products?q=tea 429 THROTTLED") == 3
    assert written(readable=False, call=call).count("\n") == 3


def test_error_is_shown_with_its_traceback() -> None:
    error = {"errorType": "ValueError", "errorMessage": "no", "stackTrace": ['  File "a.py", line 1\n']}
    shown = written(call=lambda log: log.function_error("F", "r", error))
    assert "ValueError: no" in shown
    assert 'File "a.py", line 1' in shown


def test_refusal_of_an_authorizer_is_not_an_error() -> None:
    error = {"errorType": "Exception", "errorMessage": "Unauthorized", "stackTrace": []}
    assert written(call=lambda log: log.function_error("F", "r", error)) == ""
