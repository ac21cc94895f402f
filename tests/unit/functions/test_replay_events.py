"""The function that starts a replay, with botocore's stubber in place of EventBridge."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from tests.support.builders import an_execution
from tests.support.functions import load_function, plug
from tests.support.output import Output

_PREFIX = "arn:aws:events:eu-central-1:123456789012"
_RULES = {name: f"{_PREFIX}:rule/microshop-test/{name}Rule" for name in ("CustomerMail", "OrderCount", "LowStockAlert")}
_PATTERNS = {
    "CustomerMail": {"source": ["microshop"], "detail-type": ["UserRegistered", "OrderPaid"]},
    "OrderCount": {"source": ["microshop"], "detail-type": ["OrderPaid"]},
    "LowStockAlert": {"source": ["microshop"], "detail-type": ["StockLow"]},
}


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch, environment: None) -> Iterator[Stubber]:
    monkeypatch.setenv("RULES", json.dumps(_RULES))
    monkeypatch.setenv("ARCHIVE_ARN", f"{_PREFIX}:archive/microshop-test")
    monkeypatch.setenv("EVENT_BUS_ARN", f"{_PREFIX}:event-bus/microshop-test")
    with Stubber(boto3.client("events")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def _function(bus: Stubber) -> ModuleType:
    module = load_function("operator/replay_events")
    plug(module, event_bridge=bus.client)
    return module


def _describes_rules(bus: Stubber) -> None:
    for name, pattern in _PATTERNS.items():
        asked = {"Name": f"{name}Rule", "EventBusName": "microshop-test"}
        bus.add_response("describe_rule", {"EventPattern": json.dumps(pattern)}, asked)


def test_replay_goes_to_the_rules_of_its_events_and_is_logged(bus: Stubber, output: Output) -> None:
    begin = datetime.now(UTC) - timedelta(hours=2)
    asked = {"from": begin.isoformat(), "events": ["OrderPaid"], "operator": "ada on laptop"}
    _describes_rules(bus)
    bus.add_response(
        "start_replay",
        {"State": "STARTING"},
        {
            "ReplayName": ANY,
            "Description": "started by ada on laptop",
            "EventSourceArn": f"{_PREFIX}:archive/microshop-test",
            "EventStartTime": begin,
            "EventEndTime": ANY,
            "Destination": {
                "Arn": f"{_PREFIX}:event-bus/microshop-test",
                "FilterArns": [_RULES["CustomerMail"], _RULES["OrderCount"]],
            },
        },
    )

    answer: dict[str, Any] = _function(bus).handler(asked, an_execution())

    assert (answer["queues"], answer["events"]) == (["CustomerMail", "OrderCount"], ["OrderPaid", "UserRegistered"])
    assert answer["replay"].startswith("microshop-test-")
    assert (answer["state"], answer["archive_may_lack_the_end"]) == ("STARTING", True)
    [line] = output.logs
    assert (line["message"], line["action"], line["operator"]) == ("operator action", "replay", "ada on laptop")


def test_replay_of_too_old_events_is_refused_before_any_call(bus: Stubber, output: Output) -> None:
    begin = datetime.now(UTC) - timedelta(days=8)

    mistake = _function(bus).handler({"from": begin.isoformat()}, an_execution())["mistake"]

    assert mistake["fields"][0]["field"] == "from"
    assert mistake["fields"][0]["reason"].startswith("must not be before")


def test_status_shows_how_far_a_replay_is(bus: Stubber, output: Output) -> None:
    reached = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
    described = {"State": "RUNNING", "EventLastReplayedTime": reached}
    bus.add_response("describe_replay", described, {"ReplayName": "microshop-test-1"})

    answer = _function(bus).handler({"status": "microshop-test-1"}, an_execution())

    assert answer == {
        "replay": "microshop-test-1",
        "state": "RUNNING",
        "reason": None,
        "replayed_until": "2026-11-24T10:30:00+00:00",
    }


def test_status_of_an_unknown_replay_is_refused(bus: Stubber, output: Output) -> None:
    bus.add_client_error("describe_replay", "ResourceNotFoundException", "Replay x does not exist.")

    mistake = _function(bus).handler({"status": "x"}, an_execution())["mistake"]

    assert (mistake["kind"], mistake["explanation"]) == ("NotFound", "There is no such replay x.")
