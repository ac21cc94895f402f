"""Shows a consumer's inbox records of events: `{"consumer": "send_customer_mail", "event_ids": ["…"]}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microshop.messaging.queries import inbox_records
from microshop.messaging.view import inbox_records_view
from microshop.platform.mysql import database

if TYPE_CHECKING:
    from microshop.messaging.view import InboxRecords

_MAX_IDS = 100


def handler(event: dict[str, Any], _context: object) -> InboxRecords:
    """Returns `{"events": {id: {"done_at": … or null, "claimed_until": …}}}`, without events that have no record.

    A consumer without an inbox has no records. Ids after the first hundred are ignored.
    """
    event_ids = [str(event_id) for event_id in event["event_ids"]][:_MAX_IDS]
    return inbox_records_view(inbox_records(database(), str(event["consumer"]), event_ids))
