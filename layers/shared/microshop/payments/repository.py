"""All SQL that writes payments, refunds and their ledger. Whoever writes holds the order's row locked."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from microshop.errors import FieldProblem, RefundTooLarge, TransactionConflict
from microshop.idempotency.key import IdempotencyKey
from microshop.orders.order import Order
from microshop.orders.repository import OrdersUnitOfWork
from microshop.payments.money import OrderMoney
from microshop.payments.payment import EntryKind, Payment, PaymentState, Refund, RefundCause, RefundState, RestockLine
from microshop.payments.queries import PaymentQueries
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import DuplicateKey

MAX_REASON_LENGTH = 500

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
_CHECK_REFUND = """
UPDATE refunds
SET checks = checks + 1,
    next_check_at = %(next_check_at)s
WHERE id = %(id)s
  AND next_check_at = %(seen)s
"""
_CHECK_SOON = """
UPDATE payments
SET next_check_at = %(now)s
WHERE id = %(id)s
"""
_CHECKED = """
UPDATE payments
SET next_check_at = NULL
WHERE id = %(id)s
  AND state NOT IN %(waiting)s
"""
_RESERVE = """
UPDATE payments
SET refunded_minor = refunded_minor + %(amount_minor)s,
    updated_at = %(now)s
WHERE id = %(id)s
  AND refunded_minor + %(amount_minor)s <= captured_minor
"""
_RELEASE = """
UPDATE payments
SET refunded_minor = refunded_minor - %(amount_minor)s,
    updated_at = %(now)s
WHERE id = %(id)s
"""
_INSERT_REFUND = """
INSERT INTO refunds (payment_id, order_id, number, state, amount_minor, currency, cause, reason, requested_by,
                     request_key, fingerprint, next_check_at, created_at, updated_at)
SELECT %(payment_id)s, %(order_id)s, COALESCE(MAX(number), 0) + 1, 'requested', %(amount_minor)s, %(currency)s,
       %(cause)s, %(reason)s, %(requested_by)s, %(request_key)s, %(fingerprint)s, %(next_check_at)s, %(now)s, %(now)s
FROM refunds
WHERE order_id = %(order_id)s
"""
_INSERT_REFUND_LINES = "INSERT INTO refund_lines (refund_id, product_id, quantity) VALUES {rows}"
_DELETE_REFUND_LINES = """
DELETE FROM refund_lines
WHERE refund_id = %(refund_id)s
"""
_RETURN_UNITS = """
UPDATE order_lines
SET returned = returned + %(quantity)s
WHERE order_id = %(order_id)s
  AND product_id = %(product_id)s
  AND returned + %(quantity)s <= quantity
"""
_KEEP_UNITS = """
UPDATE order_lines
SET returned = returned - %(quantity)s
WHERE order_id = %(order_id)s
  AND product_id = %(product_id)s
"""
_CHANGE_REFUND = """
UPDATE refunds
SET state = %(state)s,
    reference = COALESCE(reference, %(reference)s),
    failure = %(failure)s,
    next_check_at = %(next_check_at)s,
    checks = 0,
    updated_at = %(now)s
WHERE id = %(id)s
  AND state = %(previous_state)s
"""
_ENTER = """
INSERT INTO payment_entries (payment_id, refund_id, kind, amount_minor, currency, reference, reason, created_at)
VALUES (%(payment_id)s, %(refund_id)s, %(kind)s, %(amount_minor)s, %(currency)s, %(reference)s, %(reason)s, %(now)s)
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


class PaymentRepository(PaymentQueries):
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
    ) -> None:
        """Bring an attempt into another state, without an entry; `check_in` is when the provider is to be asked.

        Raises:
            TransactionConflict: somebody else has changed it since it was read.
        """
        now = datetime.now(UTC)
        changed = self._database.execute(
            _CHANGE,
            {
                "id": payment.id,
                "previous_state": payment.state,
                "state": state,
                "reference": reference,
                "captured_minor": payment.captured_minor if captured_minor is None else captured_minor,
                "currency": currency or payment.currency,
                "next_check_at": None if check_in is None else now + check_in,
                "now": now,
            },
        )
        if changed != 1:
            raise TransactionConflict("a payment was changed by two requests")

    def refer(self, payment: Payment, reference: str) -> None:
        """Note the provider's name of an attempt that had none."""
        self._database.execute(_REFER, {"id": payment.id, "reference": reference, "now": datetime.now(UTC)})

    def enter(
        self,
        payment: Payment,
        kind: EntryKind,
        *,
        reference: str = "",
        reason: str | None = None,
        amount_minor: int | None = None,
        currency: str | None = None,
        refund_id: int = 0,
    ) -> bool:
        """Add a line to the ledger; False where this very fact stands there already."""
        try:
            self._database.execute(
                _ENTER,
                {
                    "payment_id": payment.id,
                    "refund_id": refund_id,
                    "kind": kind,
                    "amount_minor": payment.amount_minor if amount_minor is None else amount_minor,
                    "currency": currency or payment.currency,
                    "reference": reference,
                    "reason": reason[:MAX_REASON_LENGTH] if reason else None,
                    "now": datetime.now(UTC),
                },
            )
        except DuplicateKey:
            return False
        return True

    def request_refund(
        self,
        payment: Payment,
        amount_minor: int,
        cause: RefundCause,
        *,
        reason: str | None = None,
        requested_by: int | None = None,
        key: IdempotencyKey | None = None,
        restock: Sequence[RestockLine] = (),
        check_in: timedelta = timedelta(0),
    ) -> Refund:
        """Reserve money of a payment, and units of its order's lines, for a refund.

        Raises:
            RefundTooLarge: less is left.
            TransactionConflict: a refund was requested with this key meanwhile.
        """
        now = datetime.now(UTC)
        if self._database.execute(_RESERVE, {"id": payment.id, "amount_minor": amount_minor, "now": now}) != 1:
            raise RefundTooLarge(FieldProblem("amount", "is more than is left of the payment"))
        try:
            refund_id = self._database.insert(
                _INSERT_REFUND,
                {
                    "payment_id": payment.id,
                    "order_id": payment.order_id,
                    "amount_minor": amount_minor,
                    "currency": payment.currency,
                    "cause": cause,
                    "reason": reason,
                    "requested_by": requested_by,
                    "request_key": key.key if key else None,
                    "fingerprint": key.fingerprint if key else None,
                    "next_check_at": now + check_in,
                    "now": now,
                },
            )
        except DuplicateKey as taken:
            raise TransactionConflict(f"a refund was requested twice: {taken.key}") from None
        self._reserve_units(payment.order_id, refund_id, restock)
        self.enter(payment, "refund_requested", reason=reason, amount_minor=amount_minor, refund_id=refund_id)
        refund = self.refund(refund_id)
        assert refund is not None  # noqa: S101 - it was just written
        return refund

    def change_refund(
        self,
        refund: Refund,
        state: RefundState,
        *,
        reference: str | None = None,
        failure: str | None = None,
        check_in: timedelta | None = None,
    ) -> None:
        """Bring a refund into another state; a failed one frees what it had reserved.

        Raises:
            TransactionConflict: somebody else has changed it since it was read.
        """
        now = datetime.now(UTC)
        changed = self._database.execute(
            _CHANGE_REFUND,
            {
                "id": refund.id,
                "previous_state": refund.state,
                "state": state,
                "reference": reference,
                "failure": failure[:MAX_REASON_LENGTH] if failure else None,
                "next_check_at": None if check_in is None else now + check_in,
                "now": now,
            },
        )
        if changed != 1:
            raise TransactionConflict("a refund was changed by two requests")
        if state == "failed":
            self._database.execute(_RELEASE, {"id": refund.payment_id, "amount_minor": refund.amount_minor, "now": now})
            if refund.state != "succeeded":  # else the units are back in stock already
                self._free_units(refund)

    def drop_restock(self, refund: Refund) -> None:
        """Free the units that a refund has reserved: it brings none back."""
        self._free_units(refund)
        self._database.execute(_DELETE_REFUND_LINES, {"refund_id": refund.id})

    def postpone_payment(self, payment: Payment, by: timedelta) -> bool:
        """Claim a due attempt: it is due again later; False where another execution has claimed it."""
        values = {"id": payment.id, "seen": payment.next_check_at, "next_check_at": datetime.now(UTC) + by}
        return self._database.execute(_CHECK_PAYMENT, values) == 1

    def postpone_refund(self, refund: Refund, by: timedelta) -> bool:
        """Claim a due refund: it is due again later; False where another execution has claimed it."""
        values = {"id": refund.id, "seen": refund.next_check_at, "next_check_at": datetime.now(UTC) + by}
        return self._database.execute(_CHECK_REFUND, values) == 1

    def checked(self, payment: Payment) -> None:
        """An attempt that needs no more asking is due no more."""
        self._database.execute(_CHECKED, {"id": payment.id, "waiting": ["unknown", "processing", "abandoned"]})

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
        self.enter(payment, "captured" if captured_minor else "started", reference=reference or "")
        return payment

    def _reserve_units(self, order_id: int, refund_id: int, restock: Sequence[RestockLine]) -> None:
        if not restock:
            return
        for index, line in enumerate(restock):
            values = {"order_id": order_id, "product_id": line.product_id, "quantity": line.quantity}
            if self._database.execute(_RETURN_UNITS, values) != 1:
                reason = "is more than is left of this product in the order"
                raise RefundTooLarge(FieldProblem(f"restock.{index}.quantity", reason))
        rows = {f"row_{n}": (refund_id, line.product_id, line.quantity) for n, line in enumerate(restock)}
        placeholders = ", ".join(f"%({name})s" for name in rows)
        self._database.execute(_INSERT_REFUND_LINES.format(rows=placeholders), rows)

    def _free_units(self, refund: Refund) -> None:
        for line in refund.restock:
            values = {"order_id": refund.order_id, "product_id": line.product_id, "quantity": line.quantity}
            self._database.execute(_KEEP_UNITS, values)


class PaymentsUnitOfWork(OrdersUnitOfWork):
    """A transaction that changes an order together with its payments."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.payments = PaymentRepository(database)
        self.money = OrderMoney(self.payments)
