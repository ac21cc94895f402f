"""A bus that accepts every event and answers each call of PutEvents after 10 ms: a process of its own.

Usage: python quick_bus.py. It prints its URL. The entries of a request are counted and not parsed, so that the bus
takes little of the machine's CPU.
"""

import asyncio
import json

_ANSWER_SECONDS = 0.01
_ENTRY = b'"DetailType"'


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if end and len(rest) == _content_length(head):
            self._received = b""
            asyncio.get_running_loop().call_later(_ANSWER_SECONDS, self._answer, rest.count(_ENTRY))

    def _answer(self, entries: int) -> None:
        body = json.dumps({"FailedEntryCount": 0, "Entries": [{"EventId": "accepted"}] * entries}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


def _content_length(head: bytes) -> int:
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    return int(fields[b"content-length"])


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
