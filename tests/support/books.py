"""Whether the shop's books agree: what reconciliation checks of them, and what only a test asks."""

from datetime import UTC, datetime

from microshop.platform.mysql import Database
from microshop.reconciliation.check import EVER, Window
from microshop.reconciliation.service import BOOKS

# Each finds what must not be; the names are what a failing test says.
_ONLY_IN_TESTS = {
    "an answer tells of an order that is not there": """
        SELECT idempotency_keys.idempotency_key
        FROM idempotency_keys
        LEFT JOIN orders ON orders.id = JSON_VALUE(idempotency_keys.answer, '$.order_id')
        WHERE orders.id IS NULL
          AND JSON_VALUE(idempotency_keys.answer, '$.order_id') IS NOT NULL
    """,
}
_QUERIES = {**{check.name: check.sql for check in BOOKS}, **_ONLY_IN_TESTS}
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"


def disagreements(database: Database) -> dict[str, list[dict[str, object]]]:
    """What is wrong, and where, at one moment; nothing in a sound shop. No transaction may be under way."""
    # All events of a test are still in the outbox, whatever time its orders claim to be from.
    parameters = Window(EVER, datetime.now(UTC), EVER).parameters
    database.execute(_SNAPSHOT)
    database.begin()
    try:
        found = {what: database.rows(sql, parameters) for what, sql in _QUERIES.items()}
    finally:
        database.rollback()
    return {what: rows for what, rows in found.items() if rows}
