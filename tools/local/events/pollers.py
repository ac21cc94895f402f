"""The pollers of Lambda: they receive batches of messages, invoke the function, and delete handled messages."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tools.lambda_events.sqs import record
from tools.local.events.deliveries import delivery_record, delivery_result, max_receives
from tools.local.events.resources import queue_arn
from tools.local.events.sqs import Queue, SqsError
from tools.local.lambdas.environments import EventTooLarge
from tools.local.lambdas.pool import Throttled

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tools.local.lambdas.environments import Environments
    from tools.local.logs import Log
    from tools.local.recent.activity import Activity
    from tools.local.tasks import EssentialTasks
    from tools.templates.model import EventSource, Inventory
    from tools.templates.model import Queue as QueueModel

    type Messages = Sequence[Mapping[str, Any]]

_LONG_POLL = 10  # seconds
_CONCURRENT_BATCHES = 5  # the initial concurrency of Lambda without a maximum
_PAUSE = 2.0  # seconds after an error of the queue server


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

    def start(self, tasks: EssentialTasks) -> None:
        """Start the pollers, which run until their tasks are cancelled. Current batches then still complete."""
        for queue, poller in self._pollers.items():
            tasks.start(f"the poller of queue {queue}", poller.run())


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
        is_unavailable = False  # logs an outage once, because it often lasts several pauses
        while True:
            await self._slots.acquire()
            try:
                batch = await self._next_batch()
                is_unavailable = False
            except SqsError as error:
                self._slots.release()
                if not is_unavailable:
                    self._log.warning(f"Queue {self._source.queue}: {error}")
                is_unavailable = True
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
            self._log.error(f"Queue {self._source.queue}: {task.exception()!r}")

    async def _next_batch(self) -> Messages:
        """Returns the first messages and those that follow within the window, up to the batch size."""
        size = self._source.batch_size
        batch: list[Mapping[str, Any]] = []
        while not batch:
            batch += await self._queue.receive(size, _LONG_POLL)
        ends_at = time.monotonic() + self._source.window
        while len(batch) < size and (left := ends_at - time.monotonic()) > 0:
            if left < 1:  # a long poll takes whole seconds
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
            self._log.warning(
                f"{self._source.function} refused a batch ({type(error).__name__}), which returns to its queue"
            )
            self._record_activity(batch, at, None, identifiers)
            return
        if result.is_error:  # the queue redelivers all messages, or moves them to the dead-letter queue
            self._record_activity(batch, at, result.request_id, identifiers)
            return
        failed = failed_messages(result.payload, identifiers) if self._source.partial_failures else set()
        self._record_activity(batch, at, result.request_id, failed)
        if failed:
            self._log.warning(
                f"{len(failed)} of {len(batch)} messages return to the queue {self._source.queue} for a retry",
                result.request_id,
            )
        await self._queue.delete([message["ReceiptHandle"] for message in batch if message["MessageId"] not in failed])

    def _record_activity(
        self, batch: Messages, at: datetime, invocation_id: str | None, failed: Collection[str]
    ) -> None:
        consumer = self._environments.function(self._source.function).logical_id
        for message in batch:
            has_failed = message["MessageId"] in failed
            result = delivery_result(message, has_failed=has_failed, max_receives=self._max_receives)
            self._activity.deliveries.add(delivery_record(message, consumer, at, result, invocation_id))


def failed_messages(payload: bytes, identifiers: set[str]) -> set[str]:
    """Returns the failed messages of a partial batch response.

    As in Lambda, no response or an empty list is success, and an invalid response fails the whole batch.
    """
    response = json.loads(payload)
    if response is None or response == {}:
        return set()
    if not isinstance(response, dict):
        return identifiers
    failures = response.get("batchItemFailures")
    if failures is None:
        return set() if "batchItemFailures" in response else identifiers
    if not isinstance(failures, list):
        return identifiers
    named = {failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures}
    return {str(name) for name in named} if named <= identifiers else identifiers
