"""Checks whether the shop's books agree: the checks of reconciliation, and one that only tests run."""

from datetime import UTC, datetime

from microshop.platform.mysql import Database
from microshop.reconciliation.check import BEGINNING, Window
from microshop.reconciliation.queries import check_parameters
from microshop.reconciliation.reconciling import BOOK_CHECKS
from microshop.reconciliation.slices import Slice, Subject

_ONLY_IN_TESTS = {
    "stored_answer_without_order": """
        SELECT idempotency_keys.idempotency_key
        FROM idempotency_keys
        LEFT JOIN orders ON orders.id = JSON_VALUE(idempotency_keys.answer, '$.order_id')
        WHERE orders.id IS NULL
          AND JSON_VALUE(idempotency_keys.answer, '$.order_id') IS NOT NULL
    """,
}
_EVERYTHING = {check: Slice(check.about) if check.about else None for check in BOOK_CHECKS}
_QUERIES = {
    **{str(check.name): part.narrow(check.sql) if part else check.sql for check, part in _EVERYTHING.items()},
    **_ONLY_IN_TESTS,
}
# One round trip instead of one for each check: most tests ask this at their end, the property tests after every step.
_BROKEN = "UNION ALL".join(
    f"(SELECT '{name}' AS name FROM ({sql}) AS found LIMIT 1)"  # noqa: S608 - names and queries of our own
    for name, sql in _QUERIES.items()
)
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"


def disagreements(database: Database) -> dict[str, list[dict[str, object]]]:
    """Returns the rows of each check that finds some, in one snapshot. No transaction may be in progress."""
    # All events of a test are still in the outbox, also if its orders have old dates.
    window = Window(BEGINNING, datetime.now(UTC), BEGINNING)
    parameters = check_parameters(window) | Slice(Subject.ORDERS).parameters
    database.execute(_SNAPSHOT)
    database.begin()
    try:
        broken = [row["name"] for row in database.rows(_BROKEN, parameters)]
        return {name: database.rows(_QUERIES[name], parameters) for name in broken}
    finally:
        database.rollback()
