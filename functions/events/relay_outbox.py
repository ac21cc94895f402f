"""Publishes the events of the outbox every half second until shortly before the timeout."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from microshop.errors import Unavailable
from microshop.messaging.event_bus import put_events
from microshop.messaging.outbox import Outbox
from microshop.messaging.pace import Pace
from microshop.messaging.relaying import BatchResult, relay_batch
from microshop.messaging.unit_of_work import OutboxUnitOfWork
from microshop.platform import observability, settings
from microshop.platform.mysql import database
from microshop.platform.observability import MetricUnit

if TYPE_CHECKING:
    from microshop.platform.lambda_context import Deadline

_PAUSE_SECONDS = 0.5
# While the database is down: short enough for waiting events, long enough not to fill the log.
_OUTAGE_PAUSE_SECONDS = 5.0
_UNREADABLE = BatchResult(0, 0)
# Time for the current batch. The bus takes at most 9 s: two attempts of 4 s and a pause (platform/aws.py).
# If the database is slow too, the timeout may interrupt the batch. Its events are then published again.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 12_000


def handler(_event: dict[str, Any], context: Deadline) -> dict[str, int]:
    """Returns how many events were published, and how many failed and will be retried."""
    bus, continuous = settings.text("EVENT_BUS_NAME"), settings.is_on("CONTINUOUS_RELAY")
    published = failed = 0
    _report_backlog()
    uow, pace = OutboxUnitOfWork(database()), Pace()
    while True:
        result = _relay_batch(bus, uow, pace)
        published, failed = published + result.published, failed + result.failed
        pause_seconds = _pause_after(result, pace)
        seconds_left = (context.get_remaining_time_in_millis() - _STOP_BEFORE_TIMEOUT_MILLISECONDS) / 1000
        if seconds_left < pause_seconds or (result.empty and not continuous):
            break
        if pause_seconds:
            time.sleep(pause_seconds)
        if result is _UNREADABLE:
            uow = OutboxUnitOfWork(database())  # it reads the outbox from the beginning
    return {"published": published, "failed": failed}


def _relay_batch(bus: str, uow: OutboxUnitOfWork, pace: Pace) -> BatchResult:
    try:
        result = relay_batch(lambda rows: put_events(bus, rows), uow, pace)
    except Unavailable as error:
        observability.log().error("the outbox cannot be read", reason=str(error))
        observability.count("system_errors_total", type="relay")
        return _UNREADABLE
    if not result.empty:
        observability.log().info("relayed", published=result.published, failed=result.failed)
        observability.count("events_published_total", result.published)
    if result.failed:
        observability.count("system_errors_total", result.failed, type="relay")
    return result


def _pause_after(result: BatchResult, pace: Pace) -> float:
    if result is _UNREADABLE:
        return _OUTAGE_PAUSE_SECONDS
    return _PAUSE_SECONDS if result.empty else pace.pause_seconds


def _report_backlog() -> None:
    try:
        backlog = Outbox(database()).backlog()
    except Unavailable:
        return  # the first batch reports the outage
    observability.emit(
        {
            "outbox_waiting": (backlog.waiting, MetricUnit.Count),
            "outbox_oldest_seconds": (backlog.oldest_seconds, MetricUnit.Seconds),
            "outbox_stuck": (backlog.stuck, MetricUnit.Count),
        }
    )
