"""A dead-letter queue in SQS, the source queue that it belongs to, and the queues of all consumers."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from microshop.messaging.dead_letters import DeadLetter
from microshop.platform import settings
from microshop.platform.aws import simple_queue_service, translate_errors
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TypedDict

    class QueueSetting(TypedDict):
        """A queue in the setting QUEUES: its URL, that of its dead-letter queue, the consumer, what it does."""

        queue: str
        dead_letters: str
        consumer: str
        missing: str


_BATCH_SIZE = 10  # the maximum of SQS per call
_WAIT_SECONDS = 1  # a long poll queries all servers of the queue; a short one may miss messages
# Longer than the timeout of the operator's function (300 s), so that it receives no message twice.
_HIDDEN_SECONDS = 330
# Longer than the timeout of a function behind HTTP (29 s). If one crashes, the messages are hidden for so long.
_HIDDEN_SECONDS_OF_REQUEST = 35


class SqsDeadLetterQueue:
    """Receives dead letters, sends them back and deletes them.

    Raises, from every method:
        botocore.exceptions.BotoCoreError, ClientError: SQS refuses or does not answer.
    """

    def __init__(self, queue_url: str, dead_letters_url: str, hidden_seconds: int = _HIDDEN_SECONDS) -> None:
        self._queue_url = queue_url
        self._dead_letters_url = dead_letters_url
        self._hidden_seconds = hidden_seconds

    def receive(self) -> list[DeadLetter]:
        """Receive up to ten messages that are visible, and hide them from others."""
        response = simple_queue_service().receive_message(
            QueueUrl=self._dead_letters_url,
            MaxNumberOfMessages=_BATCH_SIZE,
            WaitTimeSeconds=_WAIT_SECONDS,
            VisibilityTimeout=self._hidden_seconds,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return [DeadLetter.of(message) for message in response.get("Messages", [])]

    def release(self, messages: Iterable[DeadLetter]) -> None:
        """Make received messages visible again."""
        receipts = [message.receipt for message in messages]
        for start in range(0, len(receipts), _BATCH_SIZE):
            simple_queue_service().change_message_visibility_batch(
                QueueUrl=self._dead_letters_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                    for number, receipt in enumerate(receipts[start : start + _BATCH_SIZE])
                ],
            )

    def send_back(self, message: DeadLetter) -> str:
        """Send a message to the source queue. Returns its new id."""
        return simple_queue_service().send_message(QueueUrl=self._queue_url, MessageBody=message.body)["MessageId"]

    def delete(self, message: DeadLetter) -> None:
        """Delete a message from the dead-letter queue."""
        simple_queue_service().delete_message(QueueUrl=self._dead_letters_url, ReceiptHandle=message.receipt)

    def count(self) -> tuple[int, int]:
        """Returns the approximate number of messages, and how many of them are invisible at the moment."""
        attributes = simple_queue_service().get_queue_attributes(
            QueueUrl=self._dead_letters_url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        invisible = int(attributes["ApproximateNumberOfMessagesNotVisible"])
        return int(attributes["ApproximateNumberOfMessages"]) + invisible, invisible

    def max_receives(self) -> int | None:
        """Returns how often the source queue delivers a message before it becomes a dead letter."""
        attributes = simple_queue_service().get_queue_attributes(
            QueueUrl=self._queue_url, AttributeNames=["RedrivePolicy"]
        )
        policy = json.loads(attributes.get("Attributes", {}).get("RedrivePolicy", "{}"))
        return int(policy["maxReceiveCount"]) if "maxReceiveCount" in policy else None


class NamedQueue(Value):
    """The queue of a consumer. `missing` is what nobody gets while an event is a dead letter (infra/consumers.yaml)."""

    name: str
    consumer: str
    missing: str
    dead_letters: SqsDeadLetterQueue


def consumer_queues(hidden_seconds: int = _HIDDEN_SECONDS) -> dict[str, NamedQueue]:
    """Returns the queues of all consumers by their names, as the setting QUEUES has them."""
    stored: dict[str, QueueSetting] = json.loads(settings.text("QUEUES"))
    return {
        name: NamedQueue(
            name,
            setting["consumer"],
            setting["missing"],
            SqsDeadLetterQueue(setting["queue"], setting["dead_letters"], hidden_seconds),
        )
        for name, setting in stored.items()
    }


@contextmanager
def queues_for_request() -> Iterator[Mapping[str, NamedQueue]]:
    """Yields the queues to a function behind HTTP.

    Raises:
        Unavailable: SQS does not answer.
    """
    with translate_errors("sqs"):
        yield consumer_queues(_HIDDEN_SECONDS_OF_REQUEST)
