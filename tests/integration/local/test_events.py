"""Queues, rules and schedules of the template and its nested template."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.local_stack import eventually

if TYPE_CHECKING:
    from tests.support.local_stack import LocalStack


def send(stack: LocalStack, body: object, *, queue: str = "Queue", **attributes: str) -> str:
    described = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    sent = stack.aws("sqs").send_message(
        QueueUrl=stack.info.queues[queue], MessageBody=json.dumps(body), MessageAttributes=described
    )
    return str(sent["MessageId"])


def deliveries(stack: LocalStack, message_id: str) -> list[dict[str, Any]]:
    records = [record for batch in stack.notes("batches") for record in batch["Records"]]
    return [record for record in records if record["messageId"] == message_id]


def count_messages(stack: LocalStack, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = stack.aws("sqs").get_queue_attributes(QueueUrl=stack.info.queues[queue], AttributeNames=names)
    return sum(int(value) for value in answer["Attributes"].values())


def dead_letters(stack: LocalStack) -> list[str]:
    answer = stack.aws("sqs").receive_message(
        QueueUrl=stack.info.queues["DeadLetters"], MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [message["MessageId"] for message in answer.get("Messages", [])]


def test_a_message_reaches_the_function_in_lambdas_form(stack: LocalStack) -> None:
    message_id = send(stack, {"n": 1}, kind="test")
    record = eventually(lambda: deliveries(stack, message_id))[0]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:microshop-Events-Queue"
    assert record["awsRegion"] == "us-east-1"
    assert json.loads(record["body"]) == {"n": 1}
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert {"SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"} <= record["attributes"].keys()
    assert record["messageAttributes"]["kind"] == {
        "stringValue": "test",
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": "String",
    }


def test_a_handled_message_is_deleted_from_the_queue(stack: LocalStack) -> None:
    message_id = send(stack, {"n": 2})
    eventually(lambda: deliveries(stack, message_id))
    assert eventually(lambda: count_messages(stack, "Queue") == 0)
    assert len(deliveries(stack, message_id)) == 1


def test_messages_within_the_batching_window_arrive_in_one_batch(stack: LocalStack) -> None:
    sent = {send(stack, {"batch": n}, queue="GatheringQueue") for n in range(12)}
    eventually(lambda: all(deliveries(stack, message_id) for message_id in sent))
    batches = [{record["messageId"] for record in batch["Records"]} & sent for batch in stack.notes("batches")]
    assert [len(batch) for batch in batches if batch] == [12]


def test_a_partial_batch_arrives_when_the_window_ends(stack: LocalStack) -> None:
    message_id = send(stack, {"n": 1}, queue="ImpatientQueue")
    assert eventually(lambda: deliveries(stack, message_id))


def test_only_the_failed_message_of_a_batch_becomes_a_dead_letter(stack: LocalStack) -> None:
    good, bad = send(stack, {"n": 3}), send(stack, {"fail": "one"})
    eventually(lambda: bad in dead_letters(stack))
    assert [record["attributes"]["ApproximateReceiveCount"] for record in deliveries(stack, bad)] == ["1", "2"]
    assert len(deliveries(stack, good)) == 1


def test_an_error_redelivers_the_whole_batch(stack: LocalStack) -> None:
    message_id = send(stack, {"fail": "batch"})
    eventually(lambda: message_id in dead_letters(stack))
    assert len(deliveries(stack, message_id)) == 2


def test_a_matching_event_on_the_bus_reaches_the_consumer(stack: LocalStack) -> None:
    bus = {"EventBusName": "microshop-Events-bus", "Source": "shop"}
    stack.aws("events").put_events(
        Entries=[
            {**bus, "DetailType": "Ignored", "Detail": '{"order": "ignored"}'},
            {**bus, "DetailType": "Ordered", "Detail": '{"order": "o-1"}'},
        ]
    )

    def orders() -> list[str]:
        bodies = [json.loads(record["body"]) for batch in stack.notes("batches") for record in batch["Records"]]
        return [body["detail"]["order"] for body in bodies if "detail" in body]

    assert eventually(orders) == ["o-1"]


def test_schedules_run_at_the_start_with_their_input(stack: LocalStack) -> None:
    eventually(lambda: len(stack.notes("schedules")) >= 3)
    events = stack.notes("schedules")
    assert {"given": True} in events
    assert {"scheduler": True} in events
    assert {"off": True} not in events
    scheduled = next(event for event in events if "detail-type" in event)
    assert (scheduled["detail-type"], scheduled["source"]) == ("Scheduled Event", "aws.events")
    assert scheduled["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/microshop-ScheduledFunctionHourly"]


def test_secrets_and_mail_identities_exist(stack: LocalStack) -> None:
    secret = stack.aws("secretsmanager").get_secret_value(SecretId="local-stack/secret")
    assert json.loads(secret["SecretString"])["user"] == "shop"
    identity = stack.aws("sesv2").get_email_identity(EmailIdentity="shop@example.com")
    assert identity["VerificationStatus"] == "SUCCESS"
