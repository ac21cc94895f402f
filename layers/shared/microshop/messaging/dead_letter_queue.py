"""A dead-letter queue in SQS, and the source queue that it belongs to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from microshop.messaging.dead_letters import DeadLetter
from microshop.platform.aws import simple_queue_service

if TYPE_CHECKING:
    from collections.abc import Iterable

_BATCH_SIZE = 10  # the maximum of SQS per call
_WAIT_SECONDS = 1  # a long poll queries all servers of the queue; a short one may miss messages
# Longer than the function's timeout (300 s), so that it receives no message twice.
_VISIBILITY_TIMEOUT_SECONDS = 330


class SqsDeadLetterQueue:
    """Receives dead letters, sends them back and deletes them.

    Raises, from every method:
        botocore.exceptions.BotoCoreError, ClientError: SQS refuses or does not answer.
    """

    def __init__(self, queue_url: str, dead_letters_url: str) -> None:
        self._queue_url = queue_url
        self._dead_letters_url = dead_letters_url

    def receive(self) -> list[DeadLetter]:
        """Receive up to ten messages that are visible, and hide them from others."""
        response = simple_queue_service().receive_message(
            QueueUrl=self._dead_letters_url,
            MaxNumberOfMessages=_BATCH_SIZE,
            WaitTimeSeconds=_WAIT_SECONDS,
            VisibilityTimeout=_VISIBILITY_TIMEOUT_SECONDS,
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
