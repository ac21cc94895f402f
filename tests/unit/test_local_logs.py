"""The stack's log can be read by people and by programs."""

from __future__ import annotations

import io
import json
from typing import Any

from tools.local.logs import Log

LINE = json.dumps(
    {"level": "WARNING", "message": "stock is low", "timestamp": "t", "service": "s", "product_id": "p-1", "left": 3}
)


def written(*, readable: bool, level: str = "INFO", call: Any) -> str:
    stream = io.StringIO()
    call(Log(stream, readable=readable, level=level))
    return stream.getvalue()


def test_a_functions_json_line_passes_through_a_pipe_as_it_is() -> None:
    assert written(readable=False, call=lambda log: log.line("F", "r", LINE)) == LINE + "\n"


def test_a_functions_json_line_is_one_readable_line_on_a_terminal() -> None:
    shown = written(readable=True, call=lambda log: log.line("OrdersFunction", "r", LINE))
    assert "OrdersFunction" in shown
    assert "WARNING" in shown
    assert "stock is low product_id=p-1 left=3" in shown
    assert "timestamp" not in shown


def test_the_line_of_a_request_reads_as_one_on_a_terminal() -> None:
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


def test_plain_output_becomes_a_record_with_function_and_request_in_a_pipe() -> None:
    record = json.loads(written(readable=False, call=lambda log: log.line("F", "r-1", "hello")))
    assert (record["function"], record["request_id"], record["message"]) == ("F", "r-1", "hello")


def test_metrics_go_through_a_pipe_as_they_are() -> None:
    line = '{"_aws": {}, "orders": 1}'
    assert written(readable=False, call=lambda log: log.line("F", "r", line)) == line + "\n"


def test_metrics_and_reports_on_a_terminal_are_for_debugging_only() -> None:
    def call(log: Log) -> None:
        log.line("F", "r", '{"_aws": {}, "orders": 1}')
        log.report("F", "r", 1.5, 80.0)

    assert written(readable=True, call=call) == ""
    assert "init 80.0 ms" in written(readable=True, level="DEBUG", call=call)


def test_an_error_is_shown_with_its_traceback() -> None:
    error = {"errorType": "ValueError", "errorMessage": "no", "stackTrace": ['  File "a.py", line 1\n']}
    shown = written(readable=True, call=lambda log: log.function_error("F", "r", error))
    assert "ValueError: no" in shown
    assert 'File "a.py", line 1' in shown


def test_an_authorizers_refusal_is_no_error() -> None:
    error = {"errorType": "Exception", "errorMessage": "Unauthorized", "stackTrace": []}
    assert written(readable=True, call=lambda log: log.function_error("F", "r", error)) == ""


def test_output_is_read_on_after_the_terminal_or_disk_fails() -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left, or nobody listens")

    stream = io.StringIO()
    stream.write = fail  # type: ignore[method-assign,assignment]

    Log(stream, keep=fail).line("F", "r", LINE)
