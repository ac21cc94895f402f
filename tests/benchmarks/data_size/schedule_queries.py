"""Queries of the relay, the purge and the gauges, and those of accounts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.idempotency.repository import IdempotencyKeys
from microshop.messaging.inbox import Inboxes
from microshop.messaging.outbox import Outbox
from microshop.messaging.queries import inbox_records
from microshop.payments.repository import ProviderEvents
from microshop.staff.queries import StaffQueries
from microshop.staff_invitations.queries import InvitationQueries
from microshop.users.presence import Presence
from microshop.users.repository import UserRepository
from tests.benchmarks.data_size.query import Query, rolled_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.data_size.shops import Shop

_PURGED = 1000
_PURGE_BEFORE = datetime(2026, 1, 3, tzinfo=UTC)


def _purge(name: str, method: str, delete: Callable[[Shop], Callable[[datetime, int], int]]) -> Query:
    return Query(
        "schedules",
        f"purge, 1000 {name}",
        method,
        lambda shop: rolled_back(shop, lambda: delete(shop)(_PURGE_BEFORE, _PURGED)),
    )


SCHEDULE_QUERIES = (
    _purge("events", "Outbox.delete_older_than", lambda shop: Outbox(shop.database).delete_older_than),
    _purge("inbox records", "Inboxes.delete_older_than", lambda shop: Inboxes(shop.database).delete_older_than),
    _purge(
        "webhooks", "ProviderEvents.delete_older_than", lambda shop: ProviderEvents(shop.database).delete_older_than
    ),
    _purge(
        "idempotency keys",
        "IdempotencyKeys.delete_older_than",
        lambda shop: IdempotencyKeys(shop.database).delete_older_than,
    ),
    Query(
        "schedules",
        "relay's claim behind waiting events",
        "Outbox.claim",
        lambda shop: rolled_back(shop, lambda: Outbox(shop.database).claim(10)),
    ),
    Query("schedules", "relay's gauge", "Outbox.backlog", lambda shop: Outbox(shop.database).backlog()),
    Query(
        "schedules",
        "inbox records of events",
        "inbox_records",
        lambda shop: inbox_records(shop.database, "benchmark", ["done-1", "done-2"]),
    ),
    Query(
        "schedules", "active users (Redis)", "Presence.active_users", lambda shop: Presence(shop.redis).active_users()
    ),
)
USER_QUERIES = (
    Query(
        "users",
        "a user",
        "UserRepository.by_id",
        lambda shop: UserRepository(shop.database).by_id(shop.samples.user_id),
    ),
    Query(
        "users",
        "a user by mail address",
        "UserRepository.by_email",
        lambda shop: UserRepository(shop.database).by_email(shop.samples.email),
    ),
    Query("users", "list of staff", "StaffQueries.staff", lambda shop: StaffQueries(shop.database).staff()),
    Query(
        "users",
        "a member of staff",
        "StaffQueries.member",
        lambda shop: StaffQueries(shop.database).member(shop.samples.user_id),
    ),
    Query(
        "users",
        "open invitations of staff",
        "InvitationQueries.newest_open",
        lambda shop: InvitationQueries(shop.database).newest_open(),
    ),
    Query(
        "users",
        "an invitation of staff",
        "InvitationQueries.by_id",
        lambda shop: InvitationQueries(shop.database).by_id(1),
    ),
    Query("users", "list of roles", "StaffQueries.roles", lambda shop: StaffQueries(shop.database).roles()),
)
