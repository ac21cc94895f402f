"""Failed messages in the response of a consumer, records of deliveries, and the code watcher."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from watchfiles import Change

from tools.local.events.deliveries import delivery_record, delivery_result, max_receives
from tools.local.events.pollers import failed_messages
from tools.local.lambdas.watch import Sources, affected
from tools.local.recent.records import DeliveryResult
from tools.templates.model import Function, Queue

NOON = datetime(2026, 2, 3, 12, 0, 0, tzinfo=UTC)
SENT = {"m-1", "m-2"}


def failures(*identifiers: Any) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


def test_batch_succeeds_without_failures_in_the_response() -> None:
    answers: list[Any] = [None, {}, failures(), {"batchItemFailures": None}]

    assert [answer for answer in answers if failed_messages(json.dumps(answer).encode(), SENT)] == []


def test_only_the_named_messages_fail() -> None:
    assert failed_messages(json.dumps(failures("m-2")).encode(), SENT) == {"m-2"}


def test_whole_batch_fails_for_an_invalid_response() -> None:
    answers: list[Any] = [
        failures(""),
        failures(None),
        failures("m-1", "m-9"),
        {"batchItemFailures": [{"id": "m-1"}]},
        {"batchItemFailures": ["m-1"]},
        {"batchItemFailures": "m-1"},
        {"BatchItemFailures": []},
        "done",
    ]

    assert [answer for answer in answers if failed_messages(json.dumps(answer).encode(), SENT) != SENT] == []


def message(body: str = "hello", attempt: int = 1) -> dict[str, Any]:
    return {"MessageId": "m-1", "Body": body, "Attributes": {"ApproximateReceiveCount": str(attempt)}}


@pytest.mark.parametrize(
    ("has_failed", "attempt", "result"),
    [
        (False, 3, DeliveryResult.HANDLED),
        (True, 1, DeliveryResult.RETRIED),
        (True, 2, DeliveryResult.RETRIED),
        (True, 3, DeliveryResult.DEAD_LETTERED),
    ],
)
def test_failed_message_is_retried_up_to_the_maximum_of_its_queue(
    *, has_failed: bool, attempt: int, result: DeliveryResult
) -> None:
    queue = Queue("Mails", "mails", {"RedrivePolicy": '{"deadLetterTargetArn": "a", "maxReceiveCount": "3"}'})

    assert delivery_result(message(attempt=attempt), has_failed=has_failed, max_receives=max_receives(queue)) is result


def test_failed_message_is_always_retried_without_a_dead_letter_queue() -> None:
    queue = Queue("Mails", "mails", {})

    assert (
        delivery_result(message(attempt=99), has_failed=True, max_receives=max_receives(queue))
        is DeliveryResult.RETRIED
    )


def test_delivery_has_the_id_type_time_and_trace_of_its_event() -> None:
    detail = {"id": "e-1", "version": 1, "time": NOON.isoformat(), "trace": "Root=1-2-3", "data": {"order_id": 7}}
    body = json.dumps({"detail-type": "OrderPaid", "detail": detail})
    made = delivery_record(message(body), "MailFunction", NOON, DeliveryResult.HANDLED, "i-1")

    assert (made.event_id, made.event_type, made.happened_at, made.trace) == ("e-1", "OrderPaid", NOON, "Root=1-2-3")
    assert made.body == body


def test_delivery_of_another_message_has_the_id_of_the_message() -> None:
    made = delivery_record(message("hello"), "MailFunction", NOON, DeliveryResult.RETRIED, None)

    assert (made.event_id, made.event_type, made.trace, made.body) == ("m-1", "", None, "hello")


def function(name: str, code: str) -> Function:
    return Function(name, name, Path(code), (Path("/layers/shared"),), "a.handler", 3, 128, {})


def test_change_affects_its_function_and_a_layer_all_functions() -> None:
    users, orders = function("users", "/functions/users"), function("orders", "/functions/orders")
    assert affected([users, orders], [Path("/functions/users/a.py")]) == [users]
    assert affected([users, orders], [Path("/layers/shared/microshop/b.py")]) == [users, orders]
    assert affected([users, orders], [Path("/functions/usersX/a.py")]) == []


def test_temporary_files_of_editors_are_ignored() -> None:
    watches = Sources()

    assert watches(Change.modified, "/functions/users/a.py")
    assert not watches(Change.added, "/functions/users/XXPi6PiY")
    assert not watches(Change.added, "/functions/users/4913")  # vim checks whether it may write
