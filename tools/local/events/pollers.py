"""Lambda's pollers: they take messages from queues in batches, invoke the function, and delete what it has done."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tools.lambda_events.sqs import record
from tools.local.events.deliveries import delivery, max_receives, result_of
from tools.local.events.resources import queue_arn
from tools.local.events.sqs import Queue, SqsError
from tools.local.lambdas.environments import EventTooLarge
from tools.local.lambdas.pool import Throttled

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tools.local.lambdas.environments import Environments
    from tools.local.logs import Log
    from tools.local.recent.activity import Activity
    from tools.local.tasks import Essential
    from tools.templates.model import EventSource, Inventory
    from tools.templates.model import Queue as QueueModel

    type Messages = Sequence[Mapping[str, Any]]

_LONG_POLL = 10  # seconds
_CONCURRENT_BATCHES = 5  # what Lambda starts with where no maximum is set
_PAUSE = 2.0  # seconds after the queue server failed


class Pollers:
    """One poller for each event source mapping."""

    def __init__(
        self, inventory: Inventory, environments: Environments, aws_endpoint_url: str, log: Log, activity: Activity
    ) -> None:
        queues = {queue.name: queue for queue in inventory.queues}
        self._pollers = {
            source.queue: _Poller(
                source,
                queues[source.queue],
                environments,
                aws_endpoint_url=aws_endpoint_url,
                log=log,
                activity=activity,
            )
            for source in inventory.event_sources
            if source.enabled
        }

    def start(self, essential: Essential) -> None:
        """They run until their tasks are cancelled; batches in hand are left to the environments' own end."""
        for queue, poller in self._pollers.items():
            essential.start(f"the poller of queue {queue}", poller.run())


class _Poller:
    def __init__(
        self,
        source: EventSource,
        queue: QueueModel,
        environments: Environments,
        *,
        aws_endpoint_url: str,
        log: Log,
        activity: Activity,
    ) -> None:
        self._source = source
        self._environments = environments
        self._queue = Queue(aws_endpoint_url, source.queue)
        self._max_receives = max_receives(queue)
        self._log = log
        self._activity = activity
        self._slots = asyncio.Semaphore(source.concurrency or _CONCURRENT_BATCHES)
        self._batches: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        is_cut_off = False  # log once: an unavailable server stays so for several pauses
        while True:
            await self._slots.acquire()
            try:
                batch = await self._next_batch()
                is_cut_off = False
            except SqsError as error:
                self._slots.release()
                if not is_cut_off:
                    self._log.caution(f"Queue {self._source.queue}: {error}")
                is_cut_off = True
                await asyncio.sleep(_PAUSE)
                continue
            except BaseException:
                self._slots.release()
                raise
            task = asyncio.create_task(self._process(batch))
            self._batches.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._batches.discard(task)
        self._slots.release()
        if not task.cancelled() and task.exception() is not None:
            self._log.alarm(f"Queue {self._source.queue}: {task.exception()!r}")

    async def _next_batch(self) -> Messages:
        """The first messages, and those that follow within the window until the batch is full."""
        size = self._source.batch_size
        batch: list[Mapping[str, Any]] = []
        while not batch:
            batch += await self._queue.receive(size, _LONG_POLL)
        ends_at = time.monotonic() + self._source.window
        while len(batch) < size and (left := ends_at - time.monotonic()) > 0:
            if left < 1:  # a long poll counts whole seconds
                await asyncio.sleep(left)
            batch += await self._queue.receive(size - len(batch), min(int(left), _LONG_POLL))
        return batch

    async def _process(self, batch: Messages) -> None:
        arn = queue_arn(self._source.queue)
        event = json.dumps({"Records": [record(message, arn) for message in batch]}).encode()
        identifiers = {str(message["MessageId"]) for message in batch}
        at = datetime.now(UTC)
        try:
            result = await self._environments.invoke(self._source.function, event)
        except (Throttled, EventTooLarge) as error:
            self._log.caution(f"{self._source.function} took no batch: {type(error).__name__}; it returns to its queue")
            self._remember(batch, at, None, identifiers)
            return
        if result.is_error:  # all of it comes back after the visibility timeout, or goes to the dead-letter queue
            self._remember(batch, at, result.request_id, identifiers)
            return
        failed = failed_messages(result.payload, identifiers) if self._source.partial_failures else set()
        self._remember(batch, at, result.request_id, failed)
        if failed:
            self._log.note(f"{self._source.function} failed {len(failed)} of {len(batch)} messages", result.request_id)
        await self._queue.delete([message["ReceiptHandle"] for message in batch if message["MessageId"] not in failed])

    def _remember(self, batch: Messages, at: datetime, invocation_id: str | None, failed: Collection[str]) -> None:
        consumer = self._environments.function(self._source.function).logical_id
        for message in batch:
            has_failed = message["MessageId"] in failed
            result = result_of(message, has_failed=has_failed, max_receives=self._max_receives)
            self._activity.deliveries.add(delivery(message, consumer, at, result, invocation_id))


def failed_messages(payload: bytes, identifiers: set[str]) -> set[str]:
    """The messages that a partial batch answer names as failed.

    As Lambda does it: no answer or an empty list is success, an answer that cannot be understood fails the whole batch.
    """
    answer = json.loads(payload)
    if answer is None or answer == {}:
        return set()
    if not isinstance(answer, dict):
        return identifiers
    failures = answer.get("batchItemFailures")
    if failures is None:
        return set() if "batchItemFailures" in answer else identifiers
    if not isinstance(failures, list):
        return identifiers
    named = {failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures}
    return {str(name) for name in named} if named <= identifiers else identifiers
