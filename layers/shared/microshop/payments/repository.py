"""All SQL that writes attempts to pay and webhook events. Whoever writes holds the order's row locked."""

from datetime import UTC, datetime, timedelta

from microshop.errors import TransactionConflict
from microshop.orders.order import Order
from microshop.orders.repository import OrdersUnitOfWork
from microshop.payments.money import OrderMoney
from microshop.payments.payment import Payment, PaymentState
from microshop.payments.refund_repository import RefundRepository
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import DuplicateKey

_BEGIN = """
INSERT INTO payments (order_id, attempt, provider, reference, state, amount_minor, currency, captured_minor,
                      created_at, updated_at)
SELECT %(order_id)s, COALESCE(MAX(attempt), 0) + 1, %(provider)s, %(reference)s, %(state)s, %(amount_minor)s,
       %(currency)s, %(captured_minor)s, %(now)s, %(now)s
FROM payments
WHERE order_id = %(order_id)s
"""
# The state that it was read in is named: nothing is written over what somebody else has learnt meanwhile.
_CHANGE = """
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
_REFER = """
UPDATE payments
SET reference = %(reference)s,
    updated_at = %(now)s
WHERE id = %(id)s
  AND reference IS NULL
"""
_CHECK_PAYMENT = """
UPDATE payments
SET checks = checks + 1,
    next_check_at = %(next_check_at)s
WHERE id = %(id)s
  AND next_check_at = %(seen)s
"""
_CHECKED = """
UPDATE payments
SET next_check_at = NULL
WHERE id = %(id)s
  AND next_check_at = %(claimed)s
  AND state NOT IN %(waiting)s
"""
_CHECK_SOON = """
UPDATE payments
SET next_check_at = %(now)s
WHERE id = %(id)s
"""
_RECORD_EVENT = """
INSERT INTO provider_events (provider, event_id, type, outcome, payment_id, received_at)
VALUES (%(provider)s, %(event_id)s, %(type)s, %(outcome)s, %(payment_id)s, %(now)s)
"""
_DELETE_EVENTS = """
DELETE FROM provider_events
WHERE received_at < %(before)s
ORDER BY received_at
LIMIT %(limit)s
"""


class PaymentRepository(RefundRepository):
    """Reads and writes payments and refunds, within a transaction."""

    def begin(self, order: Order, provider: str) -> Payment:
        """A new attempt to be paid for `order`.

        Raises:
            TransactionConflict: another attempt is live.
        """
        return self._begun(order, provider, "started", None, 0)

    def enter_by_hand(self, order: Order, provider: str, reference: str | None) -> Payment:
        """An attempt that has brought the order's money already."""
        return self._begun(order, provider, "captured", reference, order.total_minor)

    def change(
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
        """Bring an attempt into another state, without an entry.

        The provider is to be asked after `check_in`; when it was to be asked, if it `stays_due`; or not at all.

        Raises:
            TransactionConflict: somebody else has changed it since it was read.
        """
        now, kept = datetime.now(UTC), payment.next_check_at if stays_due else None
        changed = self._database.execute(
            _CHANGE,
            {
                "id": payment.id,
                "previous_state": payment.state,
                "state": state,
                "reference": reference,
                "captured_minor": payment.captured_minor if captured_minor is None else captured_minor,
                "currency": currency or payment.currency,
                "next_check_at": now + check_in if check_in is not None else kept,
                "now": now,
            },
        )
        if changed != 1:
            raise TransactionConflict("a payment was changed by two requests")

    def refer(self, payment: Payment, reference: str) -> None:
        """Note the provider's name of an attempt that had none."""
        self._database.execute(_REFER, {"id": payment.id, "reference": reference, "now": datetime.now(UTC)})

    def postpone_payment(self, payment: Payment, by: timedelta) -> datetime | None:
        """Claim a due attempt: when it is due again; None where another execution has claimed it."""
        later = datetime.now(UTC) + by
        values = {"id": payment.id, "seen": payment.next_check_at, "next_check_at": later}
        return later if self._database.execute(_CHECK_PAYMENT, values) == 1 else None

    def checked(self, payment: Payment, claimed: datetime) -> None:
        """An attempt that needs no more asking is due no more, unless something new has been heard since the claim."""
        values = {"id": payment.id, "claimed": claimed, "waiting": ["unknown", "processing", "abandoned"]}
        self._database.execute(_CHECKED, values)

    def check_soon(self, payment: Payment) -> None:
        """Have the provider asked about an attempt at the next opportunity."""
        self._database.execute(_CHECK_SOON, {"id": payment.id, "now": datetime.now(UTC)})

    def record_event(self, provider: str, event_id: str, event_type: str, outcome: str, payment_id: int | None) -> bool:
        """Note a webhook's event; False where it was noted before."""
        values = {"provider": provider, "event_id": event_id, "type": event_type[:64], "outcome": outcome}
        try:
            self._database.execute(_RECORD_EVENT, {**values, "payment_id": payment_id, "now": datetime.now(UTC)})
        except DuplicateKey:
            return False
        return True

    def delete_events_older_than(self, before: datetime, limit: int) -> int:
        """Forget at most `limit` webhook events that came before `before`; how many."""
        return self._database.execute(_DELETE_EVENTS, {"before": before, "limit": limit}, repeatable=True)

    def _begun(
        self, order: Order, provider: str, state: PaymentState, reference: str | None, captured_minor: int
    ) -> Payment:
        try:
            self._database.execute(
                _BEGIN,
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
        except DuplicateKey as taken:
            raise TransactionConflict(f"another attempt is live: {taken.key}") from None
        payment = self.of_order(order.id)[-1]
        self.enter(payment, "captured" if state == "captured" else "started", reference=reference or "")
        return payment


class PaymentsUnitOfWork(OrdersUnitOfWork):
    """A transaction that changes an order together with its payments."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.payments = PaymentRepository(database)
        self.money = OrderMoney(self.payments)
