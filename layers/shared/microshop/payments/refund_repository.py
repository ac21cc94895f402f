"""All SQL that writes refunds. Whoever writes holds the order's row locked."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from microshop.errors import FieldProblem, RefundTooLarge, TransactionConflict
from microshop.idempotency.key import IdempotencyKey
from microshop.payments.ledger import MAX_REASON_LENGTH, PaymentLedger
from microshop.payments.payment import FOUND, Payment, Refund, RefundCause, RefundState, RestockLine
from microshop.platform.mysql_errors import DuplicateKey

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
                     request_key, fingerprint, reference, failure, next_check_at, created_at, updated_at)
SELECT %(payment_id)s, %(order_id)s, COALESCE(MAX(number), 0) + 1, %(state)s, %(amount_minor)s, %(currency)s,
       %(cause)s, %(reason)s, %(requested_by)s, %(request_key)s, %(fingerprint)s, %(reference)s, %(failure)s,
       %(next_check_at)s, %(now)s, %(now)s
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
_CHECK_REFUND = """
UPDATE refunds
SET checks = checks + 1,
    next_check_at = %(next_check_at)s
WHERE id = %(id)s
  AND next_check_at = %(seen)s
"""


class RefundRepository(PaymentLedger):
    """Writes refunds, with the money and the units that they reserve."""

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
        refund_id = self._insert(
            payment,
            amount_minor,
            state="requested",
            cause=cause,
            reason=reason,
            requested_by=requested_by,
            request_key=key.key if key else None,
            fingerprint=key.fingerprint if key else None,
            next_check_at=now + check_in,
        )
        self._reserve_units(payment.order_id, refund_id, restock)
        self.enter(payment, "refund_requested", reason=reason, amount_minor=amount_minor, refund_id=refund_id)
        refund = self.refund(refund_id)
        assert refund is not None  # noqa: S101 - it was just written
        return refund

    def enter_failed(self, payment: Payment, amount_minor: int, reference: str, failure: str) -> None:
        """Enter a refund that somebody made at the provider and that has failed: older news of it then is no news."""
        refund_id = self._insert(
            payment,
            amount_minor,
            state="failed",
            cause="found",
            reason=FOUND,
            reference=reference,
            failure=failure[:MAX_REASON_LENGTH],
        )
        self.enter(
            payment,
            "refund_failed",
            reference=reference,
            reason=failure,
            amount_minor=amount_minor,
            refund_id=refund_id,
        )

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

    def postpone_refund(self, refund: Refund, by: timedelta) -> bool:
        """Claim a due refund: it is due again later; False where another execution has claimed it."""
        values = {"id": refund.id, "seen": refund.next_check_at, "next_check_at": datetime.now(UTC) + by}
        return self._database.execute(_CHECK_REFUND, values) == 1

    def _insert(self, payment: Payment, amount_minor: int, **columns: object) -> int:
        unless_given = dict.fromkeys(
            ("requested_by", "request_key", "fingerprint", "reference", "failure", "next_check_at")
        )
        of_payment = {"payment_id": payment.id, "order_id": payment.order_id, "currency": payment.currency}
        values = {**unless_given, **columns, **of_payment, "amount_minor": amount_minor, "now": datetime.now(UTC)}
        try:
            return self._database.insert(_INSERT_REFUND, values)
        except DuplicateKey as taken:
            raise TransactionConflict(f"a refund was requested twice: {taken.key}") from None

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
