"""Rows that schedules have to work off: expired rows for the purge, waiting events, due payments and refunds.

And entries of the audit log.
"""

from datetime import UTC, datetime

from microshop.platform.mysql import Database
from tools.load_data.run import Sizes

_TEN = f"({' UNION ALL '.join(f'SELECT {n} AS n' for n in range(10))})"
_NUMBERS = f"""(
    SELECT a.n + b.n * 10 + c.n * 100 + d.n * 1000 + e.n * 10000 AS n
    FROM {_TEN} AS a, {_TEN} AS b, {_TEN} AS c, {_TEN} AS d, {_TEN} AS e
) AS numbers"""  # noqa: S608
_LONG_AGO = "'2026-01-02 03:04:05'"
EXPIRED_AT = datetime.fromisoformat(_LONG_AGO.strip("'")).replace(tzinfo=UTC)
_LATER = "'2099-01-01 00:00:00'"
_STATEMENTS = (
    # published long ago; waiting for a later attempt; due
    *(
        f"""
INSERT INTO outbox (event_id, type, aggregate, detail, created_at, next_attempt_at, published_at)
SELECT CONCAT('{kind}-', n), 'UserRegistered', 'user:1', '{{}}', {_LONG_AGO}, {next_attempt}, {published}
FROM {_NUMBERS}
WHERE n < {count}
"""  # noqa: S608
        for kind, next_attempt, published, count in (
            ("published", _LONG_AGO, _LONG_AGO, "%(count)s"),
            ("waiting", _LATER, "NULL", "%(count)s"),
            ("due", _LONG_AGO, "NULL", "10"),
        )
    ),
    *(
        f"""
INSERT INTO inbox (consumer, event_id, claimed_until, done_at)
SELECT 'benchmark', CONCAT('{kind}-', n), {_LONG_AGO}, {done_at}
FROM {_NUMBERS}
WHERE n < {count}
"""  # noqa: S608
        for kind, done_at, count in (("done", _LONG_AGO, "%(count)s"), ("undone", "NULL", "100"))
    ),
    f"""
INSERT INTO provider_events (provider, event_id, type, outcome, received_at)
SELECT 'stripe', CONCAT('evt_', n), 'payment_intent.succeeded', 'paid', {_LONG_AGO}
FROM {_NUMBERS}
WHERE n < %(count)s
""",  # noqa: S608
    f"""
INSERT INTO idempotency_keys (user_id, idempotency_key, fingerprint, answer, created_at)
SELECT n, 'benchmark', REPEAT('0', 64), '{{}}', {_LONG_AGO}
FROM {_NUMBERS}
WHERE n < %(count)s
""",  # noqa: S608
    f"""
INSERT INTO audit_log (at, user_id, action, entity, entity_id, changes, request_id)
SELECT {_LONG_AGO} + INTERVAL n SECOND, 1 + MOD(n, 10),
       ELT(1 + MOD(n, 3), 'order.ship', 'order.refund', 'product.update'),
       'order', n, '{{"status": ["confirmed", "shipped"]}}', 'benchmark'
FROM {_NUMBERS}
WHERE n < %(count)s
""",  # noqa: S608
    f"UPDATE payments SET next_check_at = {_LONG_AGO} WHERE reference IS NOT NULL ORDER BY id LIMIT 30",  # noqa: S608
    f"UPDATE refunds SET next_check_at = {_LONG_AGO} ORDER BY id LIMIT 30",  # noqa: S608
)
_IS_THERE = "SELECT 1 FROM provider_events LIMIT 1"
_ANALYZE = "ANALYZE TABLE outbox, inbox, provider_events, idempotency_keys, audit_log, payments, refunds"


def add_work(database: Database, sizes: Sizes) -> None:
    """Add the rows once: 20,000 of a kind, twice as many as the relay's gauge counts, or 100,000 for many orders."""
    if database.row(_IS_THERE):
        return
    database.begin()
    for statement in _STATEMENTS:
        database.execute(statement, {"count": max(20_000, min(100_000, sizes.orders // 20))})
    database.commit()
    database.rows(_ANALYZE)
