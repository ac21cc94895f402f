"""All SQL that writes the ledger of payments and refunds. Whoever writes holds the order's row locked."""

from datetime import UTC, datetime

from microshop.payments.payment import EntryKind, Payment
from microshop.payments.queries import PaymentQueries
from microshop.platform.mysql_errors import DuplicateKey

MAX_REASON_LENGTH = 500

_ENTER = """
INSERT INTO payment_entries (payment_id, refund_id, kind, amount_minor, currency, reference, reason, created_at)
VALUES (%(payment_id)s, %(refund_id)s, %(kind)s, %(amount_minor)s, %(currency)s, %(reference)s, %(reason)s, %(now)s)
"""


class PaymentLedger(PaymentQueries):
    """Adds to the ledger; nothing in it is ever changed."""

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
