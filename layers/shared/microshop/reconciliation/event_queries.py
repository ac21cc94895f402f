"""All SQL that finds events that do not arrive."""

from collections.abc import Set

from microshop.notifications import alerts, service
from microshop.orders import statistics
from microshop.reconciliation.check import Check

# Consumers that write down what they have done (those with an inbox) → the events that they handle.
CONSUMERS: dict[str, Set[str]] = {
    "send_customer_mail": service.TEMPLATES.keys(),
    "count_orders": statistics.EVENTS,
    "alert_low_stock": alerts.TEMPLATES.keys(),
}

# Stuck as messaging/outbox.py sees it; one that was made due just now has its five minutes before it is told of again.
_STUCK = """
SELECT id AS outbox_id, event_id, type, aggregate, attempts, created_at, last_error
FROM outbox
WHERE published_at IS NULL
  AND (
      attempts >= %(stuck_attempts)s
      OR (created_at < %(stuck_before)s AND (attempts > 0 OR next_attempt_at < %(stuck_before)s))
  )
"""
_WITHOUT_EFFECT = """
SELECT outbox.id AS outbox_id, outbox.event_id, outbox.type, outbox.aggregate, outbox.published_at,
       '{consumer}' AS consumer
FROM outbox
LEFT JOIN inbox ON inbox.event_id = outbox.event_id
    AND inbox.consumer = '{consumer}'
WHERE outbox.published_at < %(effect_before)s
  AND outbox.type IN ({types})
  AND inbox.done_at IS NULL
"""


def _without_effect(consumer: str, types: Set[str]) -> Check:
    listed = ", ".join(f"'{each}'" for each in sorted(types))
    return Check(
        f"an event had no effect in {consumer}",
        _WITHOUT_EFFECT.format(consumer=consumer, types=listed),
        "event:{event_id}",
        "Event {event_id} ({type} of {aggregate}) was published at {published_at}, but {consumer} has not handled it.",
        f"Look into the logs and the dead-letter queue of {consumer} for the reason, and send the event from there.",
        "event without effect",
    )


EVENT_CHECKS = (
    Check(
        "an event is stuck in the outbox",
        _STUCK,
        "event:{event_id}",
        "Event {event_id} ({type} of {aggregate}) waits since {created_at}, after {attempts} attempts; the last error: "
        "{last_error}.",
        "It is due already: look whether relay_outbox runs, and what it logs.",
        "stuck event",
    ),
    *(_without_effect(consumer, types) for consumer, types in CONSUMERS.items()),
)
