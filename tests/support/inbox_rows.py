"""Rows of the inbox, as a table for tests of connections: no other table depends on it."""

from microshop.platform.mysql import Database

INSERT = "INSERT INTO inbox (consumer, event_id, claimed_until) VALUES (%(consumer)s, %(event)s, '2026-01-02')"
_LOCK = "SELECT event_id FROM inbox WHERE event_id = %(event)s AND consumer = 'c' FOR UPDATE"


def add(database: Database, event: str = "e-1") -> int:
    """Add a row. Returns the number of changed rows."""
    return database.execute(INSERT, {"consumer": "c", "event": event})


def events(database: Database) -> list[str]:
    """Returns the event of each row."""
    return [row["event_id"] for row in database.rows("SELECT event_id FROM inbox ORDER BY event_id")]


def count(database: Database) -> int:
    """Returns the number of rows."""
    row = database.row("SELECT COUNT(*) AS count FROM inbox")
    assert row is not None
    return int(row["count"])


def lock(database: Database, event: str) -> None:
    """Lock a row until the transaction ends."""
    database.rows(_LOCK, {"event": event})
