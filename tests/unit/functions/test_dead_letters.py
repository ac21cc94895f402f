"""The operator's function for dead letters, on moto's queues."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from microshop.messaging.dead_letters import DeadLetter
from microshop.platform import aws
from tests.support.builders import an_execution
from tests.support.functions import load_function
from tests.support.output import Output

_DETAIL = {"id": "0b9f6c1e", "version": 1, "time": "2026-11-24T10:00:00+00:00", "trace": None, "data": {"order_id": 17}}
_EVENT = json.dumps({"detail-type": "OrderPaid", "detail": _DETAIL})


class _Queues:
    """Two queues with their dead-letter queues, on moto."""

    def __init__(self) -> None:
        self.sqs = boto3.client("sqs")
        self.urls = {
            name: self.sqs.create_queue(QueueName=name)["QueueUrl"]
            for name in ("mail", "mail-dead", "count", "count-dead")
        }
        arn = self.sqs.get_queue_attributes(QueueUrl=self.urls["mail-dead"], AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
        self.sqs.set_queue_attributes(QueueUrl=self.urls["mail"], Attributes={"RedrivePolicy": policy})

    def send(self, queue: str, body: str, **attributes: str) -> str:
        given: dict[str, Any] = {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        }
        return self.sqs.send_message(QueueUrl=self.urls[queue], MessageBody=body, MessageAttributes=given)["MessageId"]

    def bodies(self, queue: str) -> list[str]:
        answer = self.sqs.receive_message(QueueUrl=self.urls[queue], MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in answer.get("Messages", [])]


@pytest.fixture
def queues(output: Output, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Queues]:
    monkeypatch.setattr("microshop.messaging.dead_letter_queue._WAIT_SECONDS", 0)
    aws.simple_queue_service.cache_clear()
    with mock_aws():
        made = _Queues()
        named = {
            name: {
                "queue": made.urls[queue],
                "dead_letters": made.urls[f"{queue}-dead"],
                "consumer": consumer,
                "missing": "something",
            }
            for name, queue, consumer in (("Mail", "mail", "send_mail"), ("Count", "count", "count"))
        }
        monkeypatch.setenv("QUEUES", json.dumps(named))
        yield made
    aws.simple_queue_service.cache_clear()


def _ask(milliseconds_left: int = 300_000, **event: object) -> dict[str, Any]:
    execution = an_execution(milliseconds_left=milliseconds_left)
    answer: dict[str, Any] = load_function("operator/dead_letters").handler(event, execution)
    return answer


def test_count_shows_the_size_and_the_oldest_letter_of_each_queue(queues: _Queues) -> None:
    for _ in range(12):
        queues.send("mail-dead", _EVENT)

    mail, count = _ask(action="count")["queues"]

    assert (mail["queue"], mail["consumer"], mail["messages"], mail["all_seen"]) == ("Mail", "send_mail", 12, True)
    assert datetime.fromisoformat(mail["oldest_at"]) <= datetime.now(UTC)
    assert (count["queue"], count["messages"], count["oldest_at"]) == ("Count", 0, None)


def test_listing_removes_and_hides_no_letter(queues: _Queues) -> None:
    queues.send("mail-dead", _EVENT)

    for _ in range(3):
        assert len(_ask(action="list", queue="Mail")["letters"]) == 1


def test_list_explains_each_letter(queues: _Queues) -> None:
    failed = queues.send("mail-dead", _EVENT)
    refused = queues.send("mail-dead", _EVENT, ERROR_CODE="NO_PERMISSIONS", ERROR_MESSAGE="not allowed")
    unreadable = queues.send("mail-dead", "nothing")

    letters = {letter["message_id"]: letter for letter in _ask(action="list", queue="Mail")["letters"]}

    assert letters[failed]["why"] == "its consumer failed 5 times"
    assert letters[refused]["why"] == "EventBridge could not deliver it: NO_PERMISSIONS: not allowed"
    assert letters[unreadable]["why"] == "it is not an event of the shop, and no consumer can read it"
    found = letters[failed]
    assert (found["event_type"], found["event_id"], found["subject"]) == ("OrderPaid", "0b9f6c1e", "order:17")
    assert (letters[unreadable]["event_type"], letters[unreadable]["subject"]) == (None, None)


def test_letter_is_found_in_any_queue(queues: _Queues) -> None:
    queues.send("mail-dead", "another")
    wanted = queues.send("count-dead", _EVENT)

    found, missing = _ask(action="explain", message_id=wanted), _ask(action="explain", message_id="none")

    assert (found["queue"], found["consumer"], found["content"]["detail"]) == ("Count", "count", _DETAIL)
    assert (missing["queue"], missing["complete"]) == (None, True)


def test_redrive_moves_readable_letters_and_logs_each(queues: _Queues, output: Output) -> None:
    sent = {queues.send("mail-dead", _EVENT) for _ in range(3)}
    stays = queues.send("mail-dead", "nothing")

    done = _ask(action="redrive", queue="Mail", message_id=None, operator="ada on laptop")

    assert (done["redriven"], done["left"], done["complete"]) == (3, 1, True)
    assert [each["message_id"] for each in done["unreadable"]] == [stays]
    assert (queues.bodies("mail"), queues.bodies("mail-dead")) == ([_EVENT] * 3, ["nothing"])
    *each, end = [line for line in output.logs if line["message"] == "operator action"]
    assert {line["message_id"] for line in each} == sent
    assert {(line["action"], line["operator"], line["event_id"]) for line in each} == {
        ("redrive", "ada on laptop", "0b9f6c1e")
    }
    assert (end["action"], end["redriven"], end["left"]) == ("end of redrive", 3, 1)


def test_redrive_moves_nothing_without_time_left(queues: _Queues) -> None:
    queues.send("mail-dead", _EVENT)

    done = _ask(milliseconds_left=39_000, action="redrive", queue="Mail", message_id=None)

    assert (done["redriven"], done["left"], done["complete"]) == (0, 1, False)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"action": "list", "queue": "Post"}, "queue: must be one of Mail, Count"),
        ({"action": "redrive"}, "queue: must be one of Mail, Count"),
        ({"action": "burn"}, "action: must be one of count, list, explain, redrive"),
        ({}, "action: must be one of count, list, explain, redrive"),
    ],
)
def test_unknown_queue_or_action_is_refused(queues: _Queues, event: dict[str, Any], expected: str) -> None:
    assert _ask(**event)["mistake"]["explanation"] == expected


@pytest.mark.parametrize(
    ("data", "subject"),
    [
        ({"user_id": 3, "order_id": 17}, "order:17"),
        ({"product_id": 5}, "product:5"),
        ({"user_id": 3}, "user:3"),
        ({}, None),
    ],
)
def test_subject_of_a_letter_is_that_of_its_outbox_row(data: dict[str, int], subject: str | None) -> None:
    body = json.dumps({"detail-type": "X", "detail": {**_DETAIL, "data": data}})

    assert DeadLetter("m", "r", body, datetime.now(UTC), 1, None).subject == subject
