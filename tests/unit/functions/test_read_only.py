"""The read-only switch in the frame, the authorizer, the schedules and the operator's function."""

import json
from copy import replace
from typing import Any
from unittest.mock import Mock

import pytest

from microshop import read_only
from microshop.caller import CUSTOMER, Requirement
from microshop.errors import Unavailable
from microshop.http import Request, Response, endpoint, no_content
from microshop.payments.queries import OverdueOrder
from microshop.read_only import ReadOnlySwitch
from microshop.scopes import EVERYTHING, REFUND
from tests.support.builders import NOON, a_caller, an_api_event, an_execution
from tests.support.functions import load_function, plug, sample_event
from tests.support.output import Output

_REASON = "The database moves until 10:30 UTC."
_ASK_REDIS = read_only.current_reason  # the `environment` fixture replaces it


class _Redis:
    """Redis with its keys in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[object, object] = {}

    def command(self, *arguments: Any) -> object:
        match arguments:
            case "SET", key, value:
                self.kept[key] = value.encode()
                return b"OK"
            case "GET", key:
                return self.kept.get(key)
            case "DEL", key:
                return 0 if self.kept.pop(key, None) is None else 1
        raise AssertionError(arguments)


def _serve(
    method: str,
    *,
    switch_reason: str | None,
    requires: Requirement | None = CUSTOMER,
    while_read_only: bool = False,
) -> dict[str, Any]:
    @endpoint(requires=requires, while_read_only=while_read_only)
    def handler(_request: Request) -> Response:
        return no_content()

    event = an_api_event(caller=a_caller(scopes=EVERYTHING) if requires else None) | {"httpMethod": method}
    if switch_reason and requires:
        event["requestContext"]["authorizer"]["read_only"] = switch_reason
    return handler(event, an_execution())


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_write_is_refused_with_the_operators_reason(output: Output, method: str) -> None:
    answer = _serve(method, switch_reason=_REASON)

    problem = json.loads(answer["body"])
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "60")
    assert problem["type"] == "urn:microshop:problem:read-only"
    assert problem["detail"] == f"The shop is read-only at the moment: {_REASON}"


def test_refused_write_is_not_a_failure_of_the_shop(output: Output) -> None:
    _serve("POST", switch_reason=_REASON)

    assert not output.metric("system_errors_total")
    [line] = output.logs
    assert (line["level"], line["status"], line["refused"]) == ("INFO", 503, "read-only")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reads_are_answered_in_read_only_mode(output: Output, method: str) -> None:
    assert _serve(method, switch_reason=_REASON)["statusCode"] == 204


def test_endpoint_marked_as_allowed_continues_in_read_only_mode(output: Output) -> None:
    assert _serve("POST", switch_reason=_REASON, while_read_only=True)["statusCode"] == 204


def test_endpoint_without_a_caller_asks_redis(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_only, "current_reason", lambda: _REASON)

    assert _serve("POST", switch_reason=None, requires=None)["statusCode"] == 503
    assert _serve("GET", switch_reason=None, requires=None)["statusCode"] == 204


def test_endpoint_without_a_caller_continues_when_redis_does_not_answer(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_only, "current_reason", _ASK_REDIS)
    away = Mock(command=Mock(side_effect=Unavailable("redis", "TimeoutError")))
    monkeypatch.setattr("microshop.platform.redis.redis", lambda: away)

    assert _serve("POST", switch_reason=None, requires=None)["statusCode"] == 204

    warning = output.logs[0]
    assert (warning["level"], warning["message"]) == ("WARNING", "read-only state unknown, continuing as if off")


def test_endpoint_with_a_caller_does_not_ask_redis(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_only, "current_reason", Mock(side_effect=AssertionError))

    assert _serve("POST", switch_reason=None)["statusCode"] == 204


def test_missing_scope_is_refused_before_read_only_mode(output: Output) -> None:
    @endpoint(requires=REFUND)
    def handler(_request: Request) -> Response:
        return no_content()

    event = an_api_event(caller=a_caller()) | {"httpMethod": "POST"}
    event["requestContext"]["authorizer"]["read_only"] = _REASON
    assert handler(event, an_execution())["statusCode"] == 403


def test_authorizer_passes_the_reason_on() -> None:
    module = load_function("gateway/authorizer")
    plug(module, _sessions=Mock(find=Mock(return_value=replace(a_caller(), read_only=_REASON))))

    assert module.handler(sample_event("gateway/authorizer"), None)["context"]["read_only"] == _REASON


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("name", "done"), [("expire_unpaid", {"expired": 0, "failed": 0, "left": 0}), ("resolve_payments", {})]
)
def test_schedules_of_payments_do_nothing_in_read_only_mode(
    output: Output, monkeypatch: pytest.MonkeyPatch, name: str, done: dict[str, int]
) -> None:
    module = load_function(f"schedules/{name}")
    due = Mock(unpaid_orders=lambda *_, **__: [OverdueOrder(1, NOON)], oldest_requested_refund=lambda: None)
    plug(module, PaymentsUnitOfWork=Mock(queries=due))
    monkeypatch.setattr(read_only, "current_reason", lambda: _REASON)

    assert module.handler(sample_event(f"payments/{name}"), an_execution(milliseconds_left=60_000)) == done

    assert [(line["level"], line["reason"]) for line in output.logs] == [("INFO", _REASON)]


def _operated(redis: _Redis, **event: object) -> dict[str, Any]:
    module = load_function("operator/set_read_only")
    plug(module, redis=redis)
    answer: dict[str, Any] = module.handler(event, an_execution())
    return answer


def test_operator_turns_read_only_mode_on_and_off_and_sees_it(output: Output) -> None:
    redis = _Redis()

    on = _operated(redis, on=f" {_REASON}\n", operator="ada on laptop")
    asked = _operated(redis)
    off = _operated(redis, off=True, operator="ada on laptop")

    assert (on["read_only"], on["reason"], on["operator"], asked) == (True, _REASON, "ada on laptop", on)
    assert off == {"read_only": False, "remembered_seconds": 0}
    assert [(line["message"], line["action"], line["operator"]) for line in output.logs] == [
        ("operator action", "turn read-only on", "ada on laptop"),
        ("operator action", "turn read-only off", "ada on laptop"),
    ]


def test_read_only_is_refused_without_a_readable_reason(output: Output) -> None:
    redis, reasons = _Redis(), ["", "  ", "x" * 201, "a\x00b", None, 17, True]

    explanations = {repr(reason): _operated(redis, on=reason)["mistake"]["explanation"] for reason in reasons}

    assert {reason: words for reason, words in explanations.items() if not words.startswith("on: must")} == {}
    assert ReadOnlySwitch(redis).state() is None  # type: ignore[arg-type]
