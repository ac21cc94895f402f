"""Publishes the events of the outbox every half second until shortly before the timeout."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from microshop.errors import Unavailable
from microshop.messaging.event_bus import put_events
from microshop.messaging.outbox import Outbox
from microshop.messaging.relaying import Pass, relay_batch
from microshop.messaging.unit_of_work import OutboxUnitOfWork
from microshop.platform import observability, settings
from microshop.platform.mysql import Database, database
from microshop.platform.observability import MetricUnit

if TYPE_CHECKING:
    from microshop.platform.lambda_context import Deadline

_PAUSE_SECONDS = 0.5
# While the database is down: short enough for its events, long enough not to fill the log.
_PAUSE_WHILE_AWAY_SECONDS = 5.0
_UNREADABLE = Pass(0, 0)
# Time for the current batch. The bus takes at most 9 s (platform/aws.py: two attempts of 4 s and the pause between). If
# the database is slow too, the batch may be cut off, and its events are published again.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 12_000


def handler(_event: dict[str, Any], context: Deadline) -> dict[str, int]:
    """Return how many events were published, and how many failed and will be retried."""
    bus, continuous = settings.text("EVENT_BUS_NAME"), settings.switched_on("CONTINUOUS_RELAY")
    published = failed = 0
    _report_backlog(database())
    while True:
        done = _one_pass(database(), bus)
        published, failed = published + done.published, failed + done.failed
        if context.get_remaining_time_in_millis() < _STOP_BEFORE_TIMEOUT_MILLISECONDS or (
            done.empty and not continuous
        ):
            break
        if done is _UNREADABLE:
            time.sleep(_PAUSE_WHILE_AWAY_SECONDS)
        elif done.empty:
            time.sleep(_PAUSE_SECONDS)
    return {"published": published, "failed": failed}


def _one_pass(source: Database, bus: str) -> Pass:
    try:
        done = relay_batch(lambda rows: put_events(bus, rows), OutboxUnitOfWork(source))
    except Unavailable as error:
        observability.log().error("the outbox cannot be read", reason=str(error))
        observability.count("system_errors_total", type="relay")
        return _UNREADABLE
    if not done.empty:
        observability.log().info("relayed", published=done.published, failed=done.failed)
        observability.count("events_published_total", done.published)
    if done.failed:
        observability.count("system_errors_total", done.failed, type="relay")
    return done


def _report_backlog(source: Database) -> None:
    try:
        backlog = Outbox(source).backlog()
    except Unavailable:
        return  # the next pass reports it
    observability.emit(
        {
            "outbox_waiting": (backlog.waiting, MetricUnit.Count),
            "outbox_oldest_seconds": (backlog.oldest_seconds, MetricUnit.Seconds),
            "outbox_stuck": (backlog.stuck, MetricUnit.Count),
        }
    )
