"""Checks that find overdue work: events, status checks, reviews and refunds."""

from collections.abc import Collection, Mapping

from microshop.payments.providers import automatic_providers
from microshop.payments.queries import WAITS_FOR_DISPUTE, WITHHELD_MINOR
from microshop.reconciliation.check import Check, CheckName, RepairName
from microshop.reconciliation.dispute_queries import DISPUTED_FUNDS_OVERDUE
from microshop.reconciliation.slices import Changes, Subject

# Consumers with an inbox → the event types that they handle.
type Inboxes = Mapping[str, Collection[str]]

_AUTOMATIC = ", ".join(f"'{name}'" for name in automatic_providers())

# messaging/outbox.py defines when an event is stuck. An event that has just become due is not reported for five
# minutes.
_STUCK = """
SELECT id AS outbox_id, event_id, type, aggregate, attempts, created_at, last_error
FROM outbox
WHERE published_at IS NULL
  AND (
      attempts >= %(stuck_attempts)s
      OR (created_at < %(stuck_before)s AND (attempts > 0 OR next_attempt_at < %(stuck_before)s))
  )
"""
_NOT_HANDLED = """
SELECT outbox.id AS outbox_id, outbox.event_id, outbox.type, outbox.aggregate, outbox.published_at,
       '{consumer}' AS consumer
FROM outbox
LEFT JOIN inbox ON inbox.event_id = outbox.event_id
    AND inbox.consumer = '{consumer}'
WHERE {{chosen[outbox.id]}}
  AND outbox.published_at < %(effect_before)s
  AND outbox.type IN ({types})
  AND inbox.done_at IS NULL
"""
# Without a next check, the shop never queries the provider again. An attempt that waits for its customer needs no
# check, because its order expires.
_PAYMENT = """
SELECT payments.id AS payment_id, payments.order_id, payments.provider, payments.state, payments.checks,
       payments.next_check_at
FROM payments
"""
# Two queries with an index each: the payments without a next check are nearly all of them, so OR would read the table.
_PAYMENTS_OVERDUE = f"""
{_PAYMENT}
WHERE payments.next_check_at < %(overdue_before)s
UNION ALL
{_PAYMENT}
WHERE payments.state IN ('started', 'unknown', 'processing', 'abandoned')
  AND payments.next_check_at IS NULL
  AND payments.updated_at < %(overdue_before)s
  AND payments.provider IN ({_AUTOMATIC})
  AND (payments.state <> 'started' OR payments.reference IS NULL)
"""
_REFUND = """
SELECT refunds.id AS refund_id, refunds.order_id, refunds.state, refunds.amount_minor, refunds.currency, refunds.checks,
       refunds.next_check_at
FROM refunds
"""
_REFUNDS_OVERDUE = f"""
{_REFUND}
WHERE refunds.next_check_at < %(overdue_before)s
  AND refunds.state <> 'requested'
UNION ALL
{_REFUND}
WHERE refunds.state = 'pending'
  AND refunds.next_check_at IS NULL
  AND refunds.updated_at < %(overdue_before)s
"""
_REFUNDS_NOT_MADE = f"""
SELECT refunds.id AS refund_id, refunds.order_id, refunds.amount_minor, refunds.currency, refunds.checks,
       refunds.created_at, refunds.next_check_at
FROM refunds
JOIN payments ON payments.id = refunds.payment_id
WHERE refunds.state = 'requested'
  AND refunds.created_at < %(refunded_before)s
  AND NOT {WAITS_FOR_DISPUTE}
"""  # noqa: S608
# If disputes withhold all the remaining money of a closed order, there is nothing to decide.
_IN_REVIEW = f"""
SELECT orders.id AS order_id, orders.status, orders.updated_at, payments.id AS payment_id,
       payments.state AS payment_state
FROM orders
LEFT JOIN payments ON payments.live_order_id = orders.id
WHERE orders.payment_status = 'review'
  AND orders.updated_at < %(reviewed_before)s
  AND (
      orders.status = 'pending'
      OR payments.id IS NULL
      OR {WITHHELD_MINOR} = 0
      OR payments.captured_minor - payments.refunded_minor > {WITHHELD_MINOR}
  )
"""  # noqa: S608
_REFUND_IN_FULL = "(payments.state = 'stray' OR orders.status IN ('cancelled', 'expired'))"
# The whole payment is due, unless an admin has set the amount.
_REFUND_OF_RETURN = "(orders.status = 'returned' AND payments.state <> 'stray')"


def overdue_checks(inboxes: Inboxes) -> tuple[Check, ...]:
    """Returns every check of this module that finds disagreements."""
    not_handled = (_not_handled(consumer, types) for consumer, types in inboxes.items())
    return (_STUCK_EVENT, *not_handled, *_OVERDUE_CHECKS, DISPUTED_FUNDS_OVERDUE)


def _not_handled(consumer: str, types: Collection[str]) -> Check:
    quoted_types = ", ".join(f"'{event_type}'" for event_type in sorted(types))
    return Check(
        CheckName.EVENT_NOT_HANDLED,
        _NOT_HANDLED.format(consumer=consumer, types=quoted_types),
        "event:{event_id}:{consumer}",
        "Event {event_id} ({type} of {aggregate}) was published at {published_at}, but {consumer} has not handled it.",
        f"Find the reason in the logs and the dead-letter queue of {consumer}, and redrive the event from there.",
        RepairName.REPUBLISH_EVENT,
        scope=consumer,
        about=Subject.EVENTS,
        changes=(Changes.PUBLISHED_EVENTS,),
    )


def _due(condition: str) -> str:
    """Returns the query of money that is due to customers on a condition of its order or payment."""
    return f"""
SELECT payments.id AS payment_id, payments.order_id, payments.provider, payments.state, payments.currency,
       LEAST(
           payments.captured_minor - {WITHHELD_MINOR},
           IF(payments.state = 'stray', payments.captured_minor,
              COALESCE(orders.return_refund_minor, payments.captured_minor))
       ) - payments.refunded_minor AS left_minor,
       orders.status,
       (
           SELECT refunds.failure
           FROM refunds
           WHERE refunds.payment_id = payments.id
             AND refunds.state = 'failed'
           ORDER BY refunds.id DESC
           LIMIT 1
       ) AS failure
FROM orders
JOIN payments ON payments.order_id = orders.id
WHERE {{chosen[orders.id]}}
  AND payments.captured_minor > payments.refunded_minor
  AND {condition}
-- HAVING, because a WHERE would look up the disputes of every payment
HAVING left_minor > 0
"""  # noqa: S608


_STUCK_EVENT = Check(
    CheckName.EVENT_STUCK_IN_OUTBOX,
    _STUCK,
    "event:{event_id}",
    "Event {event_id} ({type} of {aggregate}) has waited since {created_at}, after {attempts} attempts; the last "
    "error: {last_error}.",
    "The event is already due: check whether relay_outbox runs, and read its log.",
    RepairName.RELEASE_STUCK_EVENT,
)
_OVERDUE_CHECKS = (
    Check(
        CheckName.PAYMENT_CHECK_OVERDUE,
        _PAYMENTS_OVERDUE,
        "payment:{payment_id}",
        "Payment {payment_id} of order {order_id} is {state}; after {checks} checks, the next one was due at: "
        "{next_check_at}.",
        "Check whether resolve_payments runs, and read its log.",
        RepairName.CHECK_PAYMENT_NOW,
    ),
    Check(
        CheckName.REFUND_CHECK_OVERDUE,
        _REFUNDS_OVERDUE,
        "refund:{refund_id}",
        "Refund {refund_id} of {amount_minor:amount} for order {order_id} is {state}; after {checks} checks, the next "
        "one was due at: {next_check_at}.",
        "Check whether resolve_payments runs, and read its log.",
        RepairName.CHECK_REFUND_NOW,
    ),
    Check(
        CheckName.REFUND_OVERDUE,
        _REFUNDS_NOT_MADE,
        "refund:{refund_id}",
        "Refund {refund_id} of {amount_minor:amount} for order {order_id} was requested at {created_at} and has not "
        "been made; after {checks} attempts, the next one is due at: {next_check_at}.",
        "Check whether resolve_payments runs, and read the provider's responses in its log.",
        RepairName.CHECK_REFUND_NOW,
    ),
    Check(
        CheckName.ORDER_REVIEW_OVERDUE,
        _IN_REVIEW,
        "order:{order_id}",
        "Order {order_id} is {status} and has been in review since {updated_at}; its payment {payment_id} is "
        "{payment_state}.",
        "Look at the payment in the provider's dashboard. If the shop cannot keep the money, cancel the order: that "
        "refunds it.",
    ),
    Check(
        CheckName.DUE_REFUND_NOT_IN_PROGRESS,
        _due(f"{_REFUND_IN_FULL} AND payments.provider IN ({_AUTOMATIC})"),
        "payment:{payment_id}",
        "Payment {payment_id} of order {order_id}, which is {status}, is {state} and still has {left_minor:amount}; "
        "the last refund failed with the reason: {failure}.",
        "Refund it again, here or in the provider's dashboard. If the customer's bank refuses that, pay the customer "
        "in another way.",
        about=Subject.ORDERS,
        changes=(Changes.ORDERS, Changes.PAYMENTS),
    ),
)
# Not a disagreement, but work for a person: money that was paid outside the shop must be refunded outside the shop, and
# an admin decides the refund of a returned order.
OWED = Check(
    CheckName.MANUAL_REFUND_DUE,
    _due(f"(({_REFUND_IN_FULL} AND payments.provider NOT IN ({_AUTOMATIC})) OR {_REFUND_OF_RETURN})"),
    "order:{order_id}",
    "Order {order_id} is {status}, and {left_minor:amount} of its payment {payment_id} ({provider}) is due to its "
    "customer.",
    "Refund the order. If it was paid outside the shop, pay the money back yourself: the refund only records it. If "
    "the shop keeps a part of a returned order's money, set the refund with PUT /api/v1/orders/{id}/settlement.",
    about=Subject.ORDERS,
    changes=(Changes.ORDERS, Changes.PAYMENTS),
)
