"""A queue server that dies while it answers a poller."""

from __future__ import annotations

import asyncio

import pytest

from tools.local.events.sqs import Queue, SqsError


@pytest.mark.parametrize("answer", [b"", b'HTTP/1.1 200 OK\r\n\r\n{"Mess'])
def test_an_incomplete_answer_of_the_queue_server_is_an_error(answer: bytes) -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    async def ask() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1") as server:
            port = server.sockets[0].getsockname()[1]
            await Queue(f"http://127.0.0.1:{port}", "queue").receive(1, 0)

    with pytest.raises(SqsError):
        asyncio.run(ask())
