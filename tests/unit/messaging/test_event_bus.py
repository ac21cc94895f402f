"""Publishing outbox rows on EventBridge, on moto."""

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from microshop.messaging.event_bus import put_events
from microshop.platform import aws
from tests.support.builders import an_outbox_row

_BUS = "microshop-test"


@pytest.fixture
def bus(environment: None) -> Iterator[str]:
    """A bus whose events end in a queue named `seen`."""
    aws.event_bridge.cache_clear()
    with mock_aws():
        events, queue = boto3.client("events"), boto3.client("sqs").create_queue(QueueName="seen")["QueueUrl"]
        events.create_event_bus(Name=_BUS)
        events.put_rule(Name="all", EventBusName=_BUS, EventPattern='{"source": ["microshop"]}')
        arn = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        events.put_targets(
            Rule="all", EventBusName=_BUS, Targets=[{"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}]
        )
        yield _BUS
    aws.event_bridge.cache_clear()


def _seen() -> list[dict[str, Any]]:
    queue = boto3.client("sqs").get_queue_url(QueueName="seen")["QueueUrl"]
    messages = boto3.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def test_row_becomes_an_event_of_the_shop(bus: str) -> None:
    assert put_events(bus, [an_outbox_row(detail='{"id":"e-1"}')]) == [None]

    [event] = _seen()
    assert (event["source"], event["detail-type"], event["detail"]) == ("microshop", "UserRegistered", {"id": "e-1"})


def test_ten_rows_go_in_one_call(bus: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put = Mock(wraps=aws.event_bridge().put_events)
    monkeypatch.setattr(aws.event_bridge(), "put_events", put)

    assert put_events(bus, [an_outbox_row(row_id=number) for number in range(10)]) == [None] * 10

    put.assert_called_once()


def test_entry_that_the_bus_refuses_fails_alone(bus: str) -> None:
    rows = [an_outbox_row(row_id=1), an_outbox_row(row_id=2, detail="not json"), an_outbox_row(row_id=3)]

    first, second, third = put_events(bus, rows)

    assert (first, third) == (None, None)
    assert second is not None
    assert second.startswith("MalformedDetail")


def test_error_without_a_message_is_reported(bus: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}, {"EventId": "1"}]}
    monkeypatch.setattr(aws.event_bridge(), "put_events", lambda **_: answer)

    assert put_events(bus, [an_outbox_row(), an_outbox_row()]) == ["InternalFailure: ", None]


def test_call_raises_when_the_bus_refuses_the_whole_batch(bus: str) -> None:
    with pytest.raises(ClientError):
        put_events(bus, [an_outbox_row()] * 11)


@pytest.mark.parametrize(
    ("header", "sent"), [("Root=1-abc;Sampled=1", {"TraceHeader": "Root=1-abc;Sampled=1"}), (None, {})]
)
def test_event_carries_the_trace_of_its_request(
    bus: str, monkeypatch: pytest.MonkeyPatch, header: str | None, sent: dict[str, str]
) -> None:
    put = Mock(return_value={"Entries": [{}]})
    monkeypatch.setattr(aws.event_bridge(), "put_events", put)

    put_events(bus, [an_outbox_row(trace_header=header)])

    [entry] = put.call_args.kwargs["Entries"]
    assert {name: value for name, value in entry.items() if name == "TraceHeader"} == sent


def test_client_gives_up_before_the_relay_times_out(environment: None) -> None:
    aws.event_bridge.cache_clear()

    config: Any = aws.event_bridge().meta.config

    attempts = config.retries["total_max_attempts"]
    longest_seconds = attempts * (config.connect_timeout + config.read_timeout) + (attempts - 1)
    assert attempts > 1
    assert longest_seconds < 12  # the relay's reserve before its timeout
