"""Says at the end which messages end with the AWS stand-in, which keeps its queues in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tools.local.events.sqs import Queue, SqsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.local.logs import Log
    from tools.templates.model import Queue as QueueModel

_PATIENCE = 3.0  # seconds


async def tell_lost_messages(queues: Iterable[QueueModel], aws_endpoint_url: str, log: Log) -> None:
    """Log how many messages each queue still holds: they waited for their turn, a retry or an operator."""
    listed = list(queues)
    try:
        async with asyncio.timeout(_PATIENCE):
            counts = await asyncio.gather(*(Queue(aws_endpoint_url, queue.name).count() for queue in listed))
    except (SqsError, TimeoutError):  # the stand-in has ended, as the log says, or hangs
        return
    waiting = {queue.logical_id: count for queue, count in zip(listed, counts, strict=True) if count}
    if waiting:
        where = ", ".join(f"{name} {count}" for name, count in waiting.items())
        log.caution(f"Lost with the AWS stand-in, which keeps no queues: {where}")
