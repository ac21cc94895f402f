"""All SQL that writes refunds. The caller holds the lock of the order's row."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from microshop.errors import FieldProblem, RefundTooLarge, TransactionConflict
from microshop.idempotency.key import IdempotencyKey
from microshop.payments.ledger_repository import MAX_LEDGER_REASON_LENGTH, LedgerRepository
from microshop.payments.payment import EXTERNAL_REFUND_REASON, Payment, Refund, RefundCause, RefundState, RestockLine
from microshop.payments.queries import WITHHELD_MINOR, PaymentQueries
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import DuplicateKey

_RESERVE_MONEY = f"""
UPDATE payments
SET refunded_minor = refunded_minor + %(amount_minor)s,
    updated_at = %(now)s
WHERE id = %(id)s
  AND refunded_minor + %(amount_minor)s + IF(%(is_made)s, 0, {WITHHELD_MINOR}) <= captured_minor
"""  # noqa: S608 - constants
_RELEASE_MONEY = """
UPDATE payments
SET refunded_minor = refunded_minor - %(amount_minor)s,
    updated_at = %(now)s
WHERE id = %(id)s
"""
_INSERT = """
INSERT INTO refunds (payment_id, order_id, number, state, amount_minor, currency, cause, reason, requested_by,
                     request_key, fingerprint, reference, failure, next_check_at, created_at, updated_at)
SELECT %(payment_id)s, %(order_id)s, COALESCE(MAX(number), 0) + 1, %(state)s, %(amount_minor)s, %(currency)s,
       %(cause)s, %(reason)s, %(requested_by)s, %(request_key)s, %(fingerprint)s, %(reference)s, %(failure)s,
       %(next_check_at)s, %(now)s, %(now)s
FROM refunds
WHERE order_id = %(order_id)s
"""
_INSERT_LINES = "INSERT INTO refund_lines (refund_id, product_id, quantity) VALUES {rows}"
_DELETE_LINES = """
DELETE FROM refund_lines
WHERE refund_id = %(refund_id)s
"""
_RESERVE_UNITS = """
UPDATE order_lines
SET returned = returned + %(quantity)s
WHERE order_id = %(order_id)s
  AND product_id = %(product_id)s
  AND returned + %(quantity)s <= quantity
"""
_RELEASE_UNITS = """
UPDATE order_lines
SET returned = returned - %(quantity)s
WHERE order_id = %(order_id)s
  AND product_id = %(product_id)s
"""
_SET_STATE = """
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
_MAKE_DUE = """
UPDATE refunds
SET next_check_at = %(now)s
WHERE payment_id = %(payment_id)s
  AND state = 'requested'
"""
_POSTPONE = """
UPDATE refunds
SET checks = checks + 1,
    next_check_at = %(next_check_at)s
WHERE id = %(id)s
  AND next_check_at = %(seen)s
"""


class RefundRepository:
    """Writes refunds within a transaction, together with the money and the units that they reserve."""

    def __init__(self, database: Database, queries: PaymentQueries, ledger: LedgerRepository) -> None:
        self._database = database
        self._queries = queries
        self._ledger = ledger

    def request(
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
        """Add a refund and reserve its amount of the payment and its units of the order's lines.

        Only a refund that the provider has already made may reserve money that disputes withhold.

        Raises:
            RefundTooLarge: the payment has less left, or disputes withhold too much of the rest; or a line has fewer
                units left.
            TransactionConflict: a concurrent request with this key has added a refund.
        """
        now = datetime.now(UTC)
        reserved = {
            "id": payment.id,
            "amount_minor": amount_minor,
            "now": now,
            "is_made": cause == "found",
        }
        if self._database.execute(_RESERVE_MONEY, reserved) != 1:
            raise RefundTooLarge(FieldProblem("amount", "exceeds the remaining amount of the payment"))
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
        refund = self._reload(refund_id)
        self._ledger.append_refund_entry(refund, "refund_requested", reason=reason)
        return refund

    def add_failed(self, payment: Payment, amount_minor: int, reference: str, failure: str) -> None:
        """Add a failed refund that was made at the provider, so that an older update of it changes nothing."""
        refund_id = self._insert(
            payment,
            amount_minor,
            state="failed",
            cause="found",
            reason=EXTERNAL_REFUND_REASON,
            reference=reference,
            failure=failure[:MAX_LEDGER_REASON_LENGTH],
        )
        refund = self._reload(refund_id)
        self._ledger.append_refund_entry(refund, "refund_failed", reference=reference, reason=failure)

    def set_state(
        self,
        refund: Refund,
        state: RefundState,
        *,
        reference: str | None = None,
        failure: str | None = None,
        check_in: timedelta | None = None,
    ) -> None:
        """Set the state of a refund. A failed refund releases the money and units that it had reserved.

        Raises:
            TransactionConflict: another request has changed the refund since it was read.
        """
        now = datetime.now(UTC)
        changed = self._database.execute(
            _SET_STATE,
            {
                "id": refund.id,
                "previous_state": refund.state,
                "state": state,
                "reference": reference,
                "failure": failure[:MAX_LEDGER_REASON_LENGTH] if failure else None,
                "next_check_at": None if check_in is None else now + check_in,
                "now": now,
            },
        )
        if changed != 1:
            raise TransactionConflict("a refund was changed by two requests")
        if state == "failed":
            self._database.execute(
                _RELEASE_MONEY, {"id": refund.payment_id, "amount_minor": refund.amount_minor, "now": now}
            )
            if refund.state != "succeeded":  # a refund that had succeeded has restocked its units already
                self._release_units(refund)

    def cancel_restock(self, refund: Refund) -> None:
        """Release the units that a refund has reserved, so that it restocks none."""
        self._release_units(refund)
        self._database.execute(_DELETE_LINES, {"refund_id": refund.id})

    def make_due(self, payment: Payment) -> None:
        """Make the requested refunds of a payment due now, after a dispute held them back."""
        self._database.execute(_MAKE_DUE, {"payment_id": payment.id, "now": datetime.now(UTC)})

    def postpone(self, refund: Refund, by: timedelta) -> bool:
        """Claim a due refund, which is due again after `by`. Returns False if another execution has claimed it."""
        values = {"id": refund.id, "seen": refund.next_check_at, "next_check_at": datetime.now(UTC) + by}
        return self._database.execute(_POSTPONE, values) == 1

    def _reload(self, refund_id: int) -> Refund:
        refund = self._queries.refund(refund_id)
        assert refund is not None  # noqa: S101 - this transaction has written it
        return refund

    def _insert(self, payment: Payment, amount_minor: int, **columns: object) -> int:
        nulls = dict.fromkeys(("requested_by", "request_key", "fingerprint", "reference", "failure", "next_check_at"))
        keys = {"payment_id": payment.id, "order_id": payment.order_id, "currency": payment.currency}
        values = {**nulls, **columns, **keys, "amount_minor": amount_minor, "now": datetime.now(UTC)}
        try:
            return self._database.insert(_INSERT, values)
        except DuplicateKey as duplicate:
            raise TransactionConflict(f"a refund was requested twice: {duplicate.key}") from None

    def _reserve_units(self, order_id: int, refund_id: int, restock: Sequence[RestockLine]) -> None:
        if not restock:
            return
        for index, line in enumerate(restock):
            values = {"order_id": order_id, "product_id": line.product_id, "quantity": line.quantity}
            if self._database.execute(_RESERVE_UNITS, values) != 1:
                reason = "exceeds the remaining units of this product in the order"
                raise RefundTooLarge(FieldProblem(f"restock.{index}.quantity", reason))
        rows = {f"row_{n}": (refund_id, line.product_id, line.quantity) for n, line in enumerate(restock)}
        placeholders = ", ".join(f"%({name})s" for name in rows)
        self._database.execute(_INSERT_LINES.format(rows=placeholders), rows)

    def _release_units(self, refund: Refund) -> None:
        for line in refund.restock:
            values = {"order_id": refund.order_id, "product_id": line.product_id, "quantity": line.quantity}
            self._database.execute(_RELEASE_UNITS, values)
