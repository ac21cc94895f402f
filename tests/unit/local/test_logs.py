"""The local stack's log as text for people and as JSON for programs."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

from tools.local.logs import Log

LINE = json.dumps(
    {"level": "WARNING", "message": "stock is low", "timestamp": "t", "service": "s", "product_id": "p-1", "left": 3}
)


def written(*, readable: bool, level: str = "INFO", coloured: bool = False, call: Any) -> str:
    stream = io.StringIO()
    call(Log(stream, readable=readable, level=level, coloured=coloured))
    return stream.getvalue()


def test_functions_json_line_is_unchanged_in_a_log_of_json() -> None:
    assert written(readable=False, call=lambda log: log.line("F", "r", LINE)) == LINE + "\n"


def test_functions_json_line_is_one_line_of_text() -> None:
    shown = written(readable=True, call=lambda log: log.line("OrdersFunction", "r", LINE))
    assert "OrdersFunction" in shown
    assert "WARNING" in shown
    assert "stock is low product_id=p-1 left=3" in shown
    assert "timestamp" not in shown


def test_line_of_a_request_is_one_line_of_text() -> None:
    line = {
        "level": "INFO",
        "message": "request",
        "method": "GET",
        "route": "/a/{id}",
        "status": 200,
        "duration_ms": 5.2,
    }
    shown = written(readable=True, call=lambda log: log.line("F", "r", json.dumps(line | {"request_id": "r-1"})))
    assert "GET /a/{id} 200 in 5.2 ms request_id=r-1" in shown


def test_plain_output_is_a_record_with_its_request_in_a_log_of_json() -> None:
    record = json.loads(written(readable=False, call=lambda log: log.line("F", "r-1", "hello")))
    assert (record["function"], record["request_id"], record["message"]) == ("F", "r-1", "hello")


def test_metrics_are_unchanged_in_a_log_of_json() -> None:
    line = '{"_aws": {}, "orders": 1}'
    assert written(readable=False, call=lambda log: log.line("F", "r", line)) == line + "\n"


def test_metrics_are_left_out_of_a_log_of_text() -> None:
    line = '{"_aws": {}, "orders": 1}'

    assert written(readable=True, level="DEBUG", call=lambda log: log.line("F", "r", line)) == ""


def test_durations_are_shown_only_when_debugging() -> None:
    def call(log: Log) -> None:
        log.report("F", "r", 1.5, 80.0)

    assert written(readable=True, call=call) == ""
    assert "init 80.0 ms" in written(readable=True, level="DEBUG", call=call)


def test_text_has_colours_only_when_wanted() -> None:
    def call(log: Log) -> None:
        log.caution("stock is low")

    assert "\x1b" not in written(readable=True, call=call)
    assert "\x1b[33mWARNING" in written(readable=True, coloured=True, call=call)


def test_many_throttled_requests_are_one_line_per_second() -> None:
    stream = io.StringIO()

    async def flood() -> None:
        log = Log(stream)
        for _ in range(500):
            log.refusal("GET", "/products", 429, "THROTTLED", "r")
        log.refusal("GET", "/nothing", 404, "RESOURCE_NOT_FOUND", "r")
        while "more" not in stream.getvalue():  # noqa: ASYNC110  the log sets no event
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(flood(), 60))

    first, other, summary = stream.getvalue().splitlines()
    assert first.endswith("GET /products 429 THROTTLED")
    assert other.endswith("GET /nothing 404 RESOURCE_NOT_FOUND")
    assert summary.endswith("429 THROTTLED: 499 more within a second")


def test_every_throttled_request_is_a_record_in_a_log_of_json() -> None:
    def call(log: Log) -> None:
        for _ in range(3):
            log.refusal("GET", "/products", 429, "THROTTLED", "r")

    assert written(readable=False, call=call).count('"request_id": "r"') == 3


def test_error_is_shown_with_its_traceback() -> None:
    error = {"errorType": "ValueError", "errorMessage": "no", "stackTrace": ['  File "a.py", line 1\n']}
    shown = written(readable=True, call=lambda log: log.function_error("F", "r", error))
    assert "ValueError: no" in shown
    assert 'File "a.py", line 1' in shown


def test_authorizers_refusal_is_no_error() -> None:
    error = {"errorType": "Exception", "errorMessage": "Unauthorized", "stackTrace": []}
    assert written(readable=True, call=lambda log: log.function_error("F", "r", error)) == ""
