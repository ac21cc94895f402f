"""Failed messages of a consumer's answer, and the functions that a code change affects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tools.local.events.pollers import failed_messages
from tools.local.lambdas.watch import affected
from tools.templates.model import Function

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


def function(name: str, code: str) -> Function:
    return Function(name, name, Path(code), (Path("/layers/shared"),), "a.handler", 3, 128, {})


def test_change_reloads_its_functions_and_a_layers_change_all() -> None:
    users, orders = function("users", "/functions/users"), function("orders", "/functions/orders")
    assert affected([users, orders], [Path("/functions/users/a.py")]) == [users]
    assert affected([users, orders], [Path("/layers/shared/microshop/b.py")]) == [users, orders]
    assert affected([users, orders], [Path("/functions/usersX/a.py")]) == []
