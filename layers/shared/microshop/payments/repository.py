"""All SQL that writes payment attempts and webhook events. The caller holds the lock of the order's row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from microshop.errors import TransactionConflict
from microshop.platform.mysql_errors import DuplicateKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.orders.order import Order
    from microshop.payments.ledger_repository import LedgerRepository
    from microshop.payments.outcomes import Outcome
    from microshop.payments.payment import Payment, PaymentState
    from microshop.payments.queries import PaymentQueries
    from microshop.platform.mysql import Database

_INSERT = """
INSERT INTO payments (order_id, attempt, provider, reference, state, amount_minor, currency, captured_minor,
                      created_at, updated_at)
SELECT %(order_id)s, COALESCE(MAX(attempt), 0) + 1, %(provider)s, %(reference)s, %(state)s, %(amount_minor)s,
       %(currency)s, %(captured_minor)s, %(now)s, %(now)s
FROM payments
WHERE order_id = %(order_id)s
"""
# Optimistic lock on the state that was read: a concurrent update is never overwritten.
_SET_STATE = """
UPDATE payments
SET state = %(state)s,
    reference = COALESCE(reference, %(reference)s),
    captured_minor = %(captured_minor)s,
    currency = %(currency)s,
    next_check_at = %(next_check_at)s,
    checks = 0,
    updated_at = %(now)s
WHERE id = %(id)s
  AND state = %(previous_state)s
"""
_SET_REFERENCE = """
UPDATE payments
SET reference = %(reference)s,
    updated_at = %(now)s
WHERE id = %(id)s
  AND reference IS NULL
"""
_POSTPONE = """
UPDATE payments
SET checks = checks + 1,
    next_check_at = %(next_check_at)s
WHERE id = %(id)s
  AND next_check_at = %(seen)s
"""
_CLEAR_CHECK = """
UPDATE payments
SET next_check_at = NULL
WHERE id = %(id)s
  AND next_check_at = %(claimed)s
  AND state NOT IN %(waiting)s
"""
_SCHEDULE_CHECK = """
UPDATE payments
SET next_check_at = %(now)s
WHERE id = %(id)s
"""
_SET_SEARCHED = """
UPDATE payments
SET searched_until = %(until)s
WHERE id IN %(ids)s
"""
_INSERT_EVENT = """
INSERT INTO provider_events (provider, event_id, type, outcome, payment_id, received_at)
VALUES (%(provider)s, %(event_id)s, %(type)s, %(outcome)s, %(payment_id)s, %(now)s)
"""
_DELETE_EVENTS = """
DELETE FROM provider_events
WHERE received_at < %(before)s
ORDER BY received_at
LIMIT %(limit)s
"""
_AT_ONCE = timedelta(0)


class PaymentRepository:
    """Writes payment attempts within a transaction."""

    def __init__(self, database: Database, queries: PaymentQueries, ledger: LedgerRepository) -> None:
        self._database = database
        self._queries = queries
        self._ledger = ledger

    def start(self, order: Order, provider: str) -> Payment:
        """Add a new attempt to pay `order`. Returns it.

        Raises:
            TransactionConflict: another attempt is live.
        """
        payment = self._insert(order, provider, "started", None, 0)
        self._ledger.append_entry(payment, "started")
        return payment

    def add_manual_payment(self, order: Order, provider: str, reference: str | None) -> Payment:
        """Add an attempt that has already captured the order's total outside the shop. Returns it.

        Raises:
            TransactionConflict: another attempt is live.
        """
        payment = self._insert(order, provider, "captured", reference, order.total_minor)
        self._ledger.append_entry(payment, "captured", reference=reference or "")
        return payment

    def abandon(self, payment: Payment, reason: str) -> None:
        """Abandon an attempt that has captured no money. The next run of the resolver cancels it at the provider.

        Raises:
            TransactionConflict: another request has changed the attempt since it was read.
        """
        self.set_state(payment, "abandoned", check_in=_AT_ONCE)
        self._ledger.append_entry(payment, "abandoned", reason=reason)

    def set_state(
        self,
        payment: Payment,
        state: PaymentState,
        *,
        reference: str | None = None,
        captured_minor: int | None = None,
        currency: str | None = None,
        check_in: timedelta | None = None,
        stays_due: bool = False,
    ) -> None:
        """Set the state of an attempt. The caller appends the ledger entry.

        The next check at the provider is due after `check_in`. Without it, `stays_due` keeps the current due time;
        otherwise no check is due.

        Raises:
            TransactionConflict: another request has changed the attempt since it was read.
        """
        now, current = datetime.now(UTC), payment.next_check_at if stays_due else None
        changed = self._database.execute(
            _SET_STATE,
            {
                "id": payment.id,
                "previous_state": payment.state,
                "state": state,
                "reference": reference,
                "captured_minor": payment.captured_minor if captured_minor is None else captured_minor,
                "currency": currency or payment.currency,
                "next_check_at": now + check_in if check_in is not None else current,
                "now": now,
            },
        )
        if changed != 1:
            raise TransactionConflict("a payment was changed by two requests")

    def set_reference(self, payment: Payment, reference: str) -> None:
        """Set the provider's reference of an attempt, unless it has one."""
        self._database.execute(_SET_REFERENCE, {"id": payment.id, "reference": reference, "now": datetime.now(UTC)})

    def postpone(self, payment: Payment, by: timedelta) -> datetime | None:
        """Claim a due attempt, which is due again after `by`. Returns that time, or None if it was claimed already."""
        next_check_at = datetime.now(UTC) + by
        values = {"id": payment.id, "seen": payment.next_check_at, "next_check_at": next_check_at}
        return next_check_at if self._database.execute(_POSTPONE, values) == 1 else None

    def clear_check(self, payment: Payment, claimed: datetime) -> None:
        """Cancel the next check of an attempt that needs none, unless another update has changed the time `claimed`."""
        values = {"id": payment.id, "claimed": claimed, "waiting": ["unknown", "processing", "abandoned"]}
        self._database.execute(_CLEAR_CHECK, values)

    def schedule_check(self, payment: Payment) -> None:
        """Make an attempt due now: the next run of the resolver checks it at the provider."""
        self._database.execute(_SCHEDULE_CHECK, {"id": payment.id, "now": datetime.now(UTC)})

    def set_searched(self, payments: Sequence[Payment], until: datetime) -> None:
        """Record that the provider's list contains none of these attempts up to the time `until`."""
        if payments:
            self._database.execute(_SET_SEARCHED, {"ids": [payment.id for payment in payments], "until": until})

    def _insert(
        self, order: Order, provider: str, state: PaymentState, reference: str | None, captured_minor: int
    ) -> Payment:
        try:
            self._database.execute(
                _INSERT,
                {
                    "order_id": order.id,
                    "provider": provider,
                    "reference": reference,
                    "state": state,
                    "amount_minor": order.total_minor,
                    "currency": order.currency,
                    "captured_minor": captured_minor,
                    "now": datetime.now(UTC),
                },
            )
        except DuplicateKey as duplicate:
            raise TransactionConflict(f"another attempt is live: {duplicate.key}") from None
        return self._queries.payments(order.id)[-1]


class ProviderEvents:
    """Stores the webhook events received, each once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, provider: str, event_id: str, event_type: str, outcome: Outcome, payment_id: int | None) -> bool:
        """Store an event. Returns False if it is stored already."""
        values = {"provider": provider, "event_id": event_id, "type": event_type[:64], "outcome": outcome}
        try:
            self._database.execute(_INSERT_EVENT, {**values, "payment_id": payment_id, "now": datetime.now(UTC)})
        except DuplicateKey:
            return False
        return True

    def delete_older_than(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` events that were received before `before`. Returns the number of deleted events."""
        return self._database.execute(_DELETE_EVENTS, {"before": before, "limit": limit}, idempotent=True)
