"""A dead-letter queue in SQS and the queue that it belongs to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from microshop.messaging.dead_letters import DeadLetter
from microshop.platform.aws import simple_queue_service

if TYPE_CHECKING:
    from collections.abc import Iterable

_AT_ONCE = 10  # the most that SQS returns and accepts per call
_WAIT_SECONDS = 1  # a long poll asks every server of the queue; a short one may miss messages
# Longer than the function may run (300 s), so that it receives no letter twice.
_HIDDEN_SECONDS = 330


class SqsLetterQueue:
    """Receives letters, sends them back and deletes them.

    Raises, from every method:
        botocore.exceptions.BotoCoreError, ClientError: SQS refuses or does not answer.
    """

    def __init__(self, queue_url: str, dead_letters_url: str) -> None:
        self._queue_url = queue_url
        self._dead_letters_url = dead_letters_url

    def receive(self) -> list[DeadLetter]:
        """Return up to ten letters that nobody else holds."""
        answer = simple_queue_service().receive_message(
            QueueUrl=self._dead_letters_url,
            MaxNumberOfMessages=_AT_ONCE,
            WaitTimeSeconds=_WAIT_SECONDS,
            VisibilityTimeout=_HIDDEN_SECONDS,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return [DeadLetter.of(message) for message in answer.get("Messages", [])]

    def release(self, letters: Iterable[DeadLetter]) -> None:
        """Make letters visible to others again at once."""
        receipts = [letter.receipt for letter in letters]
        for start in range(0, len(receipts), _AT_ONCE):
            simple_queue_service().change_message_visibility_batch(
                QueueUrl=self._dead_letters_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                    for number, receipt in enumerate(receipts[start : start + _AT_ONCE])
                ],
            )

    def send_back(self, letter: DeadLetter) -> str:
        """Send a letter to the queue that it came from. Returns its new id."""
        return simple_queue_service().send_message(QueueUrl=self._queue_url, MessageBody=letter.body)["MessageId"]

    def delete(self, letter: DeadLetter) -> None:
        """Delete a letter from the dead-letter queue."""
        simple_queue_service().delete_message(QueueUrl=self._dead_letters_url, ReceiptHandle=letter.receipt)

    def count(self) -> tuple[int, int]:
        """Return about how many letters there are, and how many of them somebody holds at the moment."""
        attributes = simple_queue_service().get_queue_attributes(
            QueueUrl=self._dead_letters_url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        held = int(attributes["ApproximateNumberOfMessagesNotVisible"])
        return int(attributes["ApproximateNumberOfMessages"]) + held, held

    def max_receives(self) -> int | None:
        """Return how often the queue delivers a message before it gives up."""
        attributes = simple_queue_service().get_queue_attributes(
            QueueUrl=self._queue_url, AttributeNames=["RedrivePolicy"]
        )
        policy = json.loads(attributes.get("Attributes", {}).get("RedrivePolicy", "{}"))
        return int(policy["maxReceiveCount"]) if "maxReceiveCount" in policy else None
