"""Events that wait in the outbox when the stack starts: those of fresh demo data, or of a shop that was stopped."""

from microshop.platform.mysql import Database
from microshop.platform.settings import database_address

_WAITING_EVENTS = "SELECT event_id FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 10000"


def waiting_events(database_url: str) -> frozenset[str]:
    """Returns the ids of at most 10,000 events that no relay has published, the oldest."""
    database = Database(database_address(database_url))
    try:
        return frozenset(row["event_id"] for row in database.rows(_WAITING_EVENTS))
    finally:
        database.close()
