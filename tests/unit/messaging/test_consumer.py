"""The frame around every consumer of events."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from microshop.messaging.consumer import Delivery, consumer
from microshop.messaging.event import MalformedEvent, ReceivedEvent, read_event
from tests.support.builders import NOON, a_batch, a_message, an_execution
from tests.support.output import Output, dimensions_of
from tests.support.table_rows import not_refused


def _consume(
    batch: dict[str, Any], react: Callable[[ReceivedEvent, Delivery], str] = lambda _event, _delivery: "done"
) -> list[str]:
    answer = consumer("test_consumer", {"UserRegistered"})(react)(batch, an_execution())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def _refuse(event: ReceivedEvent, _delivery: Delivery) -> str:
    if event.data["user_id"] == 13:
        raise RuntimeError("not 13")
    return "done"


def test_message_becomes_its_event() -> None:
    event = read_event(a_message(event_id="e-1", event_type="UserRegistered", data={"user_id": 17})["body"])

    assert (event.type, event.version, event.id, event.time) == ("UserRegistered", 1, "e-1", NOON)
    assert (event.trace, event.data) == ("Root=1-5759e988-bd862e3fe1be46a994272793", {"user_id": 17})


def test_message_is_malformed_when_it_is_not_an_event_of_the_shop() -> None:
    bodies = [
        "",
        "not json",
        "null",
        "[]",
        "17",
        '"text"',
        "{}",
        '{"detail": null, "detail-type": "x"}',
        '{"detail": {}, "detail-type": "x"}',
        '{"detail": {"id": "e", "version": "x", "time": "2026-01-02T12:00:00+00:00", "data": {}}, "detail-type": "x"}',
        '{"detail": {"id": "e", "version": 1, "time": "yesterday", "data": {}}, "detail-type": "x"}',
        '{"detail": {"id": "e", "version": 1, "time": 5, "data": {}}, "detail-type": "x"}',
        '{"detail": {"id": "e", "version": 1, "time": "2026-01-02T12:00:00+00:00", "data": 5}, "detail-type": "x"}',
        '{"detail": {"id": "e", "version": 1, "time": "2026-01-02T12:00:00+00:00", "data": "ab"}, "detail-type": "x"}',
        '{"detail": {"id": "e", "version": 1, "time": "2026-01-02T12:00:00+00:00", "data": {}}}',
    ]

    assert not_refused(read_event, bodies, "", MalformedEvent) == []


def test_batch_without_failures_reports_none(output: Output) -> None:
    assert _consume(a_batch(a_message(message_id="m-1"), a_message(message_id="m-2"))) == []


def test_only_failed_messages_are_delivered_again(output: Output) -> None:
    batch = a_batch(
        a_message(message_id="m-1"),
        a_message(message_id="m-2", data={"user_id": 13}),
        a_message(message_id="m-3"),
    )

    assert _consume(batch, _refuse) == ["m-2"]


@pytest.mark.parametrize("body", ["not json", "[" * 100_000])
def test_malformed_message_fails_alone(output: Output, body: str) -> None:
    batch = a_batch(a_message(message_id="m-1", body=body), a_message(message_id="m-2"))

    assert _consume(batch) == ["m-1"]


def test_event_of_another_type_fails_before_the_consumer(output: Output) -> None:
    seen: list[str] = []

    def react(event: ReceivedEvent, _delivery: Delivery) -> str:
        seen.append(event.type)
        return "done"

    failed = _consume(a_batch(a_message(message_id="m-1", event_type="OrderPaid"), a_message(message_id="m-2")), react)

    assert (failed, seen) == (["m-1"], ["UserRegistered"])
    assert dimensions_of(output.metric("system_errors_total")[0])["type"] == "UnknownEvent"


def test_consumer_knows_how_long_it_has(output: Output) -> None:
    seen = []

    def react(_event: ReceivedEvent, delivery: Delivery) -> str:
        seen.append(delivery.seconds_left)
        return "done"

    consumer("test_consumer", {"UserRegistered"})(react)(a_batch(a_message()), an_execution(milliseconds_left=2500))

    assert seen == [2.5]


def test_event_writes_one_log_line_with_its_outcome(output: Output) -> None:
    _consume(a_batch(a_message(message_id="m-1", event_id="e-1")), lambda _event, _delivery: "sent")

    [line] = output.logs
    names = ("message", "consumer", "message_id", "event_id", "event_type", "outcome", "receive_count", "trace_id")
    assert [line[name] for name in names] == [
        "event",
        "test_consumer",
        "m-1",
        "e-1",
        "UserRegistered",
        "sent",
        1,
        "Root=1-5759e988-bd862e3fe1be46a994272793",
    ]


def test_notes_are_logged_in_the_line_of_their_event(output: Output) -> None:
    def react(event: ReceivedEvent, delivery: Delivery) -> str:
        delivery.add_log_fields(product_ids=[event.data["user_id"]])
        return "done"

    _consume(a_batch(a_message(data={"user_id": 5}), a_message(data={"user_id": 6})), react)

    assert [line["product_ids"] for line in output.logs] == [[5], [6]]


def test_notes_are_logged_when_the_consumer_fails_afterwards(output: Output) -> None:
    def react(event: ReceivedEvent, delivery: Delivery) -> str:
        delivery.add_log_fields(sku="SKU-5", event_id="another")
        raise RuntimeError(event.id)

    _consume(a_batch(a_message(event_id="e-1")), react)

    [line] = output.logs
    assert (line["sku"], line["event_id"]) == ("SKU-5", "e-1")


def test_failure_is_logged_with_its_traceback_and_the_event(output: Output) -> None:
    _consume(a_batch(a_message(event_id="e-1", data={"user_id": 13})), _refuse)

    [line] = output.logs
    assert (line["level"], line["event_id"], line["exception_name"]) == ("ERROR", "e-1", "RuntimeError")
    assert "Traceback" in line["exception"]


def test_failure_is_counted_by_its_kind(output: Output) -> None:
    _consume(a_batch(a_message(data={"user_id": 13})), _refuse)

    [line] = output.metric("system_errors_total")
    assert dimensions_of(line) == {"service": "microshop", "type": "RuntimeError", "consumer": "test_consumer"}


def test_mail_address_in_a_failure_is_not_logged(output: Output) -> None:
    def react(_event: ReceivedEvent, _delivery: Delivery) -> str:
        raise RuntimeError("MessageRejected: ada@example.com is not verified")

    _consume(a_batch(a_message()), react)

    assert "ada" not in output.text


def test_contents_of_a_message_are_not_printed(output: Output) -> None:
    _consume(a_batch(a_message(body=json.dumps({"secret": "hunter2"}))))

    assert "hunter2" not in output.text
