"""Says what a consumer's inbox knows of events: `{"consumer": "send_customer_mail", "event_ids": ["…"]}`."""

from typing import Any

from microshop.messaging.queries import seen_events
from microshop.platform.mysql import database

_MOST = 100


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"events": {id: {"done_at": … or null, "claimed_until": …}}}`; what is not there, it has never taken in hand.

    A consumer without an inbox has none of them. Of more than a hundred ids the first hundred count.
    """
    seen = seen_events(database(), str(event["consumer"]), [str(one) for one in event["event_ids"]][:_MOST])
    return {"events": {each.event_id: each.shown() for each in seen}}
