"""Creates records of an SQS event source mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.templates.model import REGION

if TYPE_CHECKING:
    from collections.abc import Mapping


def record(message: Mapping[str, Any], arn: str) -> dict[str, Any]:
    """Returns a message as a record of Lambda's SQS event."""
    described: dict[str, Any] = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }
    if "MD5OfMessageAttributes" in message:
        described["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return described


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        described["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        described["binaryValue"] = value["BinaryValue"]
    return described
