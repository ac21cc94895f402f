"""The few SQS calls of the pollers, without threads: unlike boto3's, a long poll ends when its task is cancelled."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tools.templates.model import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST = 10  # messages that one call may receive or delete


class SqsError(Exception):
    """The queue server did not answer, or answered an error."""


class Queue:
    """One queue of the moto server."""

    def __init__(self, aws_endpoint_url: str, name: str) -> None:
        self._host, self._port = urlsplit(aws_endpoint_url).hostname, urlsplit(aws_endpoint_url).port or 80
        self._url = f"{aws_endpoint_url}/{ACCOUNT}/{name}"

    async def receive(self, most: int, wait: int) -> list[Mapping[str, Any]]:
        """Up to `most` messages, at most ten; waits for so many seconds for the first."""
        answer = await self._call(
            "ReceiveMessage",
            {
                "MaxNumberOfMessages": min(most, _MOST),
                "WaitTimeSeconds": wait,
                "MessageSystemAttributeNames": ["All"],
                "AttributeNames": ["All"],
                "MessageAttributeNames": ["All"],
            },
        )
        messages: list[Mapping[str, Any]] = answer.get("Messages", [])
        return messages

    async def count(self) -> int:
        """Messages that wait, are with a consumer or are delayed."""
        names = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
        answer = await self._call("GetQueueAttributes", {"AttributeNames": names})
        return sum(int(number) for number in answer.get("Attributes", {}).values())

    async def delete(self, receipt_handles: Sequence[str]) -> None:
        for start in range(0, len(receipt_handles), _MOST):
            handles = receipt_handles[start : start + _MOST]
            entries = [{"Id": str(index), "ReceiptHandle": handle} for index, handle in enumerate(handles)]
            await self._call("DeleteMessageBatch", {"Entries": entries})

    async def _call(self, action: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        body = json.dumps({"QueueUrl": self._url, **arguments}).encode()
        head = (
            f"POST / HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            f"Connection: close\r\nContent-Length: {len(body)}\r\n"
            f"Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.{action}\r\n"
            # moto reads the service out of the credential's scope and checks no signature.
            f"Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/{REGION}/sqs/aws4_request, "
            "SignedHeaders=host, Signature=local\r\n\r\n"
        )
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port)
            try:
                writer.write(head.encode() + body)
                answer = await reader.read()
            finally:
                writer.close()
        except OSError as error:
            raise SqsError(f"{action}: {error}") from error
        status, _, content = answer.partition(b"\r\n\r\n")
        if not status.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
            raise SqsError(f"{action}: {content[:300].decode(errors='replace')}")
        try:
            parsed: Mapping[str, Any] = json.loads(content or b"{}")
        except ValueError as error:  # the server died while it answered
            raise SqsError(f"{action}: the answer breaks off") from error
        return parsed
