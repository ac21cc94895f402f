"""Failed messages of a consumer's answer, and the functions that a code change affects."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from watchfiles import Change

from tools.local.events.deliveries import delivery, max_receives, result_of
from tools.local.events.pollers import failed_messages
from tools.local.lambdas.watch import Sources, affected
from tools.local.recent.records import Result
from tools.templates.model import Function, Queue

NOON = datetime(2026, 2, 3, 12, 0, 0, tzinfo=UTC)
SENT = {"m-1", "m-2"}


def failures(*identifiers: Any) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


def test_answer_without_failures_is_success() -> None:
    answers: list[Any] = [None, {}, failures(), {"batchItemFailures": None}]

    assert [answer for answer in answers if failed_messages(json.dumps(answer).encode(), SENT)] == []


def test_only_named_messages_fail() -> None:
    assert failed_messages(json.dumps(failures("m-2")).encode(), SENT) == {"m-2"}


def test_whole_batch_fails_when_the_answer_cannot_be_understood() -> None:
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
        (False, 3, Result.HANDLED),
        (True, 1, Result.RETRIED),
        (True, 2, Result.RETRIED),
        (True, 3, Result.DEAD_LETTERED),
    ],
)
def test_failed_message_is_retried_until_its_queue_gives_up(*, has_failed: bool, attempt: int, result: Result) -> None:
    queue = Queue("Mails", "mails", {"RedrivePolicy": '{"deadLetterTargetArn": "a", "maxReceiveCount": "3"}'})

    assert result_of(message(attempt=attempt), has_failed=has_failed, max_receives=max_receives(queue)) is result


def test_queue_without_dead_letters_retries_forever() -> None:
    queue = Queue("Mails", "mails", {})

    assert result_of(message(attempt=99), has_failed=True, max_receives=max_receives(queue)) is Result.RETRIED


def test_delivery_has_the_id_type_time_and_trace_of_its_event() -> None:
    detail = {"id": "e-1", "version": 1, "time": NOON.isoformat(), "trace": "Root=1-2-3", "data": {"order_id": 7}}
    body = json.dumps({"detail-type": "OrderPaid", "detail": detail})
    made = delivery(message(body), "MailFunction", NOON, Result.HANDLED, "i-1")

    assert (made.event_id, made.event_type, made.happened_at, made.trace) == ("e-1", "OrderPaid", NOON, "Root=1-2-3")
    assert made.body == body


def test_delivery_of_no_event_has_the_messages_id() -> None:
    made = delivery(message("hello"), "MailFunction", NOON, Result.RETRIED, None)

    assert (made.event_id, made.event_type, made.trace, made.body) == ("m-1", "", None, "hello")


def function(name: str, code: str) -> Function:
    return Function(name, name, Path(code), (Path("/layers/shared"),), "a.handler", 3, 128, {})


def test_change_reloads_its_functions_and_a_layers_change_all() -> None:
    users, orders = function("users", "/functions/users"), function("orders", "/functions/orders")
    assert affected([users, orders], [Path("/functions/users/a.py")]) == [users]
    assert affected([users, orders], [Path("/layers/shared/microshop/b.py")]) == [users, orders]
    assert affected([users, orders], [Path("/functions/usersX/a.py")]) == []


def test_files_that_an_editor_makes_while_it_writes_reload_nothing() -> None:
    watches = Sources()

    assert watches(Change.modified, "/functions/users/a.py")
    assert not watches(Change.added, "/functions/users/XXPi6PiY")
    assert not watches(Change.added, "/functions/users/4913")  # vim tries whether it may write
