"""Deletes expired data: events, webhooks, idempotency keys, links of mails, invitations, exports and ended sessions.

It also records when API keys were last used, and restores those that Redis has lost.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from microshop.data_exports.data_export import ROW_KEPT
from microshop.data_exports.repository import DataExportRepository
from microshop.errors import Unavailable
from microshop.idempotency import repository as idempotency
from microshop.mail_links.recipient_repository import RECIPIENT_LIFETIME, MailRecipients
from microshop.mail_links.repository import MailLinks
from microshop.messaging.inbox import Inboxes
from microshop.messaging.outbox import Outbox
from microshop.payments.repository import ProviderEvents
from microshop.platform import observability, settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.staff.key_managing import record_last_uses, restore_keys
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.staff_invitations.invitation import KEPT_AFTER_EXPIRY
from microshop.staff_invitations.repository import InvitationRepository
from microshop.transactions import retry_on_conflict
from microshop.users.sessions import Sessions

if TYPE_CHECKING:
    from microshop.platform.lambda_context import Deadline

_BATCH_SIZE = 1000
# Time for the current statement, which may take 6 s (platform/mysql.py), and for the log.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 10_000

type Delete = Callable[[datetime, int], int]


def handler(_event: dict[str, Any], context: Deadline) -> dict[str, int]:
    """Returns the number of deleted records by kind. The invocation fails at the end if a server did not answer."""
    _keep_api_keys()
    purges = _purges()
    deleted, waiting, failures = dict.fromkeys(purges, 0), deque(purges.items()), dict[str, Unavailable]()
    # The kinds take turns, so that a large backlog of one kind does not block the others for hours.
    while waiting and context.get_remaining_time_in_millis() > _STOP_BEFORE_TIMEOUT_MILLISECONDS:
        name, batches = waiting.popleft()
        try:
            batch = next(batches, None)
        except Unavailable as error:
            failures[error.dependency] = error  # the other server may still answer
            continue
        if batch is not None:
            deleted[name] += batch
            waiting.append((name, batches))
    if failures:
        _report(failures, deleted)
        raise next(iter(failures.values()))
    observability.log().info("purged", **deleted, complete=not waiting)
    return deleted


def _keep_api_keys() -> None:
    uow = StaffUnitOfWork(database(), redis())
    with contextlib.suppress(Unavailable):  # the purges fail too then, and report it
        record_last_uses(uow)
        restore_keys(uow)


def _purges() -> dict[str, Iterator[int]]:
    published = timedelta(days=settings.outbox_retention_days())
    handled = timedelta(days=settings.inbox_retention_days())
    return {
        "outbox": _delete_older(Outbox(database()).delete_older_than, published),
        "inbox": _delete_older(Inboxes(database()).delete_older_than, handled),
        # A provider retries an event for days, and an operator may resend it for weeks. Later it can have no effect.
        "provider_events": _delete_older(ProviderEvents(database()).delete_older_than, handled),
        "idempotency_keys": _delete_older(
            idempotency.IdempotencyKeys(database()).delete_older_than, idempotency.LIFETIME
        ),
        "mail_links": _delete_older(MailLinks(database()).delete_expired, timedelta()),
        "mail_recipients": _delete_older(MailRecipients(database()).delete_older_than, RECIPIENT_LIFETIME),
        "staff_invitations": _delete_older(InvitationRepository(database()).delete_expired, KEPT_AFTER_EXPIRY),
        "expired_data_exports": _delete_older(DataExportRepository(database()).expire, timedelta()),
        "data_exports": _delete_older(DataExportRepository(database()).delete_older_than, ROW_KEPT),
        "sessions": Sessions(redis()).delete_expired(),
    }


def _delete_older(delete: Delete, age: timedelta) -> Iterator[int]:
    """Delete rows older than `age`, one batch per transaction. Yields the size of each batch."""
    before = datetime.now(UTC) - age
    while (batch := retry_on_conflict(delete)(before, _BATCH_SIZE)) == _BATCH_SIZE:
        yield batch
    yield batch


def _report(failures: dict[str, Unavailable], deleted: dict[str, int]) -> None:
    reasons = [str(error) for error in failures.values()]
    observability.log().error("purge failed", reasons=reasons, **deleted)
    for dependency in failures:
        observability.count("system_errors_total", type=dependency)
