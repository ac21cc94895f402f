"""The recent activity of the local stack: its size, causes and effects, masked secrets."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from tools.local.logs import Log
from tools.local.recent.activity import Activity
from tools.local.recent.masking import masked_target
from tools.local.recent.records import Delivery, DeliveryResult, Invocation, LogLine, RequestRecord
from tools.local.recent.ring_buffer import RingBuffer

NOON = datetime(2026, 2, 3, 12, 0, 0, tzinfo=UTC)
TRACE = "Root=1-65be0000-0123456789abcdef01234567"


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def request(number: int, second: float, trace: str = TRACE) -> RequestRecord:
    return RequestRecord(f"r-{number}", at(second), "GET", "/a", 200, 5.0, "AFunction", None, trace)


def line(invocation_id: str, message: str, event_id: str = "") -> LogLine:
    return LogLine(NOON, "AFunction", invocation_id, "INFO", message, event_id=event_id)


def delivery(event_id: str, second: float, trace: str | None = TRACE, invocation_id: str = "i-9") -> Delivery:
    return Delivery(
        at(second + 1),
        "MailFunction",
        event_id,
        "OrderPaid",
        at(second),
        trace,
        "{}",
        1,
        DeliveryResult.HANDLED,
        invocation_id,
    )


def activity(*lines: LogLine) -> Activity:
    kept: RingBuffer[LogLine] = RingBuffer(100)
    for each in lines:
        kept.add(each)
    return Activity(kept)


def test_latest_items_replace_the_oldest() -> None:
    latest: RingBuffer[int] = RingBuffer(3)
    for number in range(10):
        latest.add(number)

    assert latest.newest_first() == [9, 8, 7]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("q=coffee+mug&limit=3", "q=coffee+mug&limit=3"),
        ("access_token=abc&limit=3", "access_token=***&limit=3"),
        ("Pass%77ord=hunter2;limit=3", "Pass%77ord=***;limit=3"),
        ("t=" + "Ab3_" * 11, "t=***"),
        ("q=Bearer+" + "a1" * 20, "q=Bearer+***"),
        ("cursor=" + "Ab3_" * 11, "cursor=" + "Ab3_" * 11),
        ("Ab3_" * 11, "***"),
        ("token=", "token="),
        ("", ""),
    ],
)
def test_secrets_in_a_path_are_masked(query: str, shown: str) -> None:
    assert masked_target("/api/v1/products", query) == f"/api/v1/products{'?' * bool(shown)}{shown}"


def test_token_in_a_path_segment_is_masked() -> None:
    assert masked_target("/api/v1/sessions/" + "Ab3_" * 11, "") == "/api/v1/sessions/***"


def test_long_path_is_truncated() -> None:
    assert len(masked_target("/a" * 30_000, "b=c&" * 15_000)) == 2000


def test_log_of_a_request_has_the_lines_of_its_authorizer_and_function() -> None:
    happened = activity(line("i-1", "authorized"), line("i-2", "placed"), line("i-3", "of another request"))
    happened.invocations.add(Invocation("i-1", at(1), "AuthorizerFunction", TRACE))
    happened.invocations.add(Invocation("i-2", at(2), "AFunction", TRACE))
    happened.invocations.add(Invocation("i-3", at(2), "AFunction", "Root=1-other"))
    happened.requests.add(seen := request(1, 0.5))

    assert [each.message for each in happened.log_of(seen)] == ["authorized", "placed"]


def test_requests_with_the_same_trace_id_have_separate_logs() -> None:
    happened = activity(line("i-1", "first"), line("i-2", "second"))
    happened.requests.add(first := request(1, 0))
    happened.invocations.add(Invocation("i-1", at(1), "AFunction", TRACE))
    happened.requests.add(second := request(2, 5))
    happened.invocations.add(Invocation("i-2", at(6), "AFunction", TRACE))
    happened.deliveries.add(paid := delivery("e-1", 7))

    assert [[each.message for each in happened.log_of(seen)] for seen in (first, second)] == [["first"], ["second"]]
    assert (happened.deliveries_for(first), happened.deliveries_for(second)) == ([], [paid])
    assert happened.cause_of(paid) == second


def test_event_without_a_trace_has_no_cause() -> None:
    happened = activity()
    happened.requests.add(request(1, 0))

    assert happened.cause_of(delivery("e-1", 1, trace=None)) is None


def test_event_of_a_schedule_has_an_invocation() -> None:
    happened = activity()
    happened.invocations.add(expired := Invocation("i-1", at(0), "ExpireOrdersFunction", TRACE))

    assert happened.invocation_of(delivery("e-1", 1)) == expired


def test_log_of_a_delivery_omits_other_events_of_its_batch() -> None:
    happened = activity(line("i-9", "warm"), line("i-9", "mine", "e-1"), line("i-9", "another", "e-2"))

    assert [each.message for each in happened.log_of_delivery(delivery("e-1", 0))] == ["warm", "mine"]


@pytest.mark.parametrize("readable", [True, False])
def test_log_records_lines_of_functions_without_metrics(*, readable: bool) -> None:
    log = Log(io.StringIO(), readable=readable)
    failed = {"level": "ERROR", "message": "event failed", "event_id": "e-1", "exception": "Traceback: no"}
    log.line("F", "i-1", json.dumps(failed))
    log.line("F", "i-1", '{"_aws": {}, "orders": 1}')
    log.line("F", "i-2", "printed")

    printed, remembered = log.recent.newest_first()
    assert (printed.invocation_id, printed.level, printed.message) == ("i-2", "INFO", "printed")
    assert (remembered.level, remembered.message) == ("ERROR", "event failed event_id=e-1")
    assert (remembered.traceback, remembered.event_id) == ("Traceback: no", "e-1")


def test_log_does_not_record_refusals_of_an_authorizer() -> None:
    log = Log(io.StringIO())
    log.function_error("F", "i-1", {"errorType": "Exception", "errorMessage": "Unauthorized", "stackTrace": []})

    assert log.recent.newest_first() == []


def test_log_records_the_begin_of_a_message_and_the_end_of_a_traceback() -> None:
    log = Log(io.StringIO())
    error = {"errorType": "E", "errorMessage": "x" * 100_000, "stackTrace": ["y" * 100_000, "the last line"]}
    log.function_error("F", "i-1", error)

    (remembered,) = log.recent.newest_first()
    assert remembered.message.startswith("E: xxx")
    assert remembered.traceback.endswith("the last line")
    assert len(remembered.message) == len(remembered.traceback) == 16_000
