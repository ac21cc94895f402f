"""Logs at the end which messages are lost, because the AWS stand-in has its queues in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tools.local.events.sqs import Queue, SqsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.local.logs import Log
    from tools.templates.model import Queue as QueueModel

_TIMEOUT = 3.0  # seconds


async def log_lost_messages(queues: Iterable[QueueModel], aws_endpoint_url: str, log: Log) -> None:
    """Log the number of messages in each queue, including those that wait for a retry or an operator."""
    listed = list(queues)
    try:
        async with asyncio.timeout(_TIMEOUT):
            counts = await asyncio.gather(*(Queue(aws_endpoint_url, queue.name).count() for queue in listed))
    except (SqsError, TimeoutError):  # the stand-in has ended, which is in the log, or it hangs
        return
    waiting = {queue.logical_id: count for queue, count in zip(listed, counts, strict=True) if count}
    if waiting:
        where = ", ".join(f"{name} {count}" for name, count in waiting.items())
        log.warning(f"Lost with the AWS stand-in, which keeps no queues: {where}")
