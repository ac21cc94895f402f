"""An asynchronous SQS client for the pollers. Unlike a call of boto3, a long poll ends when its task is cancelled."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tools.templates.model import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MAX_MESSAGES = 10  # per call, also at AWS


class SqsError(Exception):
    """The queue server did not respond, or returned an error."""


class Queue:
    """A queue of the moto server."""

    def __init__(self, aws_endpoint_url: str, name: str) -> None:
        self._host, self._port = urlsplit(aws_endpoint_url).hostname, urlsplit(aws_endpoint_url).port or 80
        self._url = f"{aws_endpoint_url}/{ACCOUNT}/{name}"

    async def receive(self, most: int, wait: int) -> list[Mapping[str, Any]]:
        """Returns up to `most` messages, at most ten. Waits for the first one for `wait` seconds."""
        response = await self._call(
            "ReceiveMessage",
            {
                "MaxNumberOfMessages": min(most, _MAX_MESSAGES),
                "WaitTimeSeconds": wait,
                "MessageSystemAttributeNames": ["All"],
                "AttributeNames": ["All"],
                "MessageAttributeNames": ["All"],
            },
        )
        messages: list[Mapping[str, Any]] = response.get("Messages", [])
        return messages

    async def count(self) -> int:
        """Returns the number of messages, including those that are invisible or delayed."""
        names = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
        response = await self._call("GetQueueAttributes", {"AttributeNames": names})
        return sum(int(number) for number in response.get("Attributes", {}).values())

    async def delete(self, receipt_handles: Sequence[str]) -> None:
        for start in range(0, len(receipt_handles), _MAX_MESSAGES):
            handles = receipt_handles[start : start + _MAX_MESSAGES]
            entries = [{"Id": str(index), "ReceiptHandle": handle} for index, handle in enumerate(handles)]
            await self._call("DeleteMessageBatch", {"Entries": entries})

    async def _call(self, action: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        body = json.dumps({"QueueUrl": self._url, **arguments}).encode()
        head = (
            f"POST / HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            f"Connection: close\r\nContent-Length: {len(body)}\r\n"
            f"Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.{action}\r\n"
            # moto reads the service from the credential scope, and does not check the signature.
            f"Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/{REGION}/sqs/aws4_request, "
            "SignedHeaders=host, Signature=local\r\n\r\n"
        )
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port)
            try:
                writer.write(head.encode() + body)
                response = await reader.read()
            finally:
                writer.close()
        except OSError as error:
            raise SqsError(f"{action}: {error}") from error
        status, _, content = response.partition(b"\r\n\r\n")
        if not status.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
            raise SqsError(f"{action}: {content[:300].decode(errors='replace')}")
        try:
            parsed: Mapping[str, Any] = json.loads(content or b"{}")
        except ValueError as error:  # the server died while it responded
            raise SqsError(f"{action}: the response is incomplete") from error
        return parsed
