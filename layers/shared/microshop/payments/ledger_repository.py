"""All SQL that writes the ledger of payments and refunds. The caller holds the lock of the order's row."""

from datetime import UTC, datetime

from microshop.payments.payment import EntryKind, Payment, Refund
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import DuplicateKey

MAX_LEDGER_REASON_LENGTH = 500

_APPEND = """
INSERT INTO payment_entries (payment_id, refund_id, dispute_id, kind, amount_minor, currency, reference, occurrence,
                             reason, created_at)
VALUES (%(payment_id)s, %(refund_id)s, %(dispute_id)s, %(kind)s, %(amount_minor)s, %(currency)s, %(reference)s,
        %(occurrence)s, %(reason)s, %(now)s)
"""
_LAST_OCCURRENCE = """
SELECT COALESCE(MAX(occurrence), 0) AS last
FROM payment_entries
WHERE payment_id = %(payment_id)s
  AND refund_id = 0
  AND kind = %(kind)s
  AND reference = %(reference)s
"""


class LedgerRepository:
    """Appends to the ledger. No entry is ever changed or deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append_entry(
        self,
        payment: Payment,
        kind: EntryKind,
        *,
        reference: str = "",
        reason: str | None = None,
        amount_minor: int | None = None,
        currency: str | None = None,
        dispute_id: int = 0,
        may_repeat: bool = False,
    ) -> bool:
        """Append an entry about a payment or its dispute. Amount and currency default to the payment's.

        Returns False if the ledger has this entry already. Payment, kind and reference identify an entry, unless it
        `may_repeat`: then the entry is always new.
        """
        occurrence = 1 + self._last_occurrence(payment, kind, reference) if may_repeat else 1
        return self._append(
            kind,
            payment_id=payment.id,
            refund_id=0,
            dispute_id=dispute_id,
            amount_minor=payment.amount_minor if amount_minor is None else amount_minor,
            currency=currency or payment.currency,
            reference=reference,
            occurrence=occurrence,
            reason=reason,
        )

    def append_refund_entry(
        self, refund: Refund, kind: EntryKind, *, reference: str = "", reason: str | None = None
    ) -> bool:
        """Append an entry about a refund. Returns False if the ledger has it already."""
        return self._append(
            kind,
            payment_id=refund.payment_id,
            refund_id=refund.id,
            dispute_id=0,
            amount_minor=refund.amount_minor,
            currency=refund.currency,
            reference=reference,
            occurrence=1,
            reason=reason,
        )

    def _last_occurrence(self, payment: Payment, kind: EntryKind, reference: str) -> int:
        row = self._database.row(_LAST_OCCURRENCE, {"payment_id": payment.id, "kind": kind, "reference": reference})
        return row["last"] if row else 0

    def _append(self, kind: EntryKind, *, reason: str | None, **columns: int | str) -> bool:
        values = {
            "kind": kind,
            "reason": reason[:MAX_LEDGER_REASON_LENGTH] if reason else None,
            "now": datetime.now(UTC),
        }
        try:
            self._database.execute(_APPEND, {**columns, **values})
        except DuplicateKey:
            return False
        return True
