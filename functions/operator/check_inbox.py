"""Shows a consumer's inbox records of events: `{"consumer": "send_customer_mail", "event_ids": ["…"]}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microshop.messaging.queries import seen_events
from microshop.messaging.view import seen_events_view
from microshop.platform.mysql import database

if TYPE_CHECKING:
    from microshop.messaging.view import SeenEvents

_MOST = 100


def handler(event: dict[str, Any], _context: object) -> SeenEvents:
    """Return `{"events": {id: {"done_at": … or null, "claimed_until": …}}}`, without events that have no record.

    A consumer without an inbox has no records. Only the first hundred ids are read.
    """
    seen = seen_events(database(), str(event["consumer"]), [str(one) for one in event["event_ids"]][:_MOST])
    return seen_events_view(seen)
