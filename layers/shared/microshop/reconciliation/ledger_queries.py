"""All SQL that looks up in the ledger what a payment provider tells of."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from microshop.payments.provider import Intent, ProviderRefund
from microshop.platform.mysql import Database
from microshop.reconciliation.comparison import BookedPayment, BookedRefund

_PAYMENT = (
    "payments.id, payments.order_id, payments.reference, payments.state, payments.captured_minor, payments.currency"
)
_BY_REFERENCES = f"SELECT {_PAYMENT} FROM payments WHERE provider_key IN %(keys)s"  # noqa: S608 - constants
_BY_ATTEMPT = f"""
SELECT {_PAYMENT}
FROM payments
WHERE order_id = %(order_id)s
  AND attempt = %(attempt)s
  AND provider = %(provider)s
  AND reference IS NULL
"""  # noqa: S608
_HOLDING_MONEY = f"""
SELECT {_PAYMENT}
FROM payments
WHERE id > %(after)s
  AND provider = %(provider)s
  AND state IN ('captured', 'mismatched', 'stray')
  AND created_at >= %(since)s
  AND updated_at < %(until)s
ORDER BY id
LIMIT %(limit)s
"""  # noqa: S608
_REFUND = """
SELECT refunds.id, refunds.order_id, refunds.number, refunds.reference, payments.reference AS intent_reference,
       refunds.state, refunds.amount_minor, refunds.currency
FROM refunds
JOIN payments ON payments.id = refunds.payment_id
"""
_REFUNDS_BY_REFERENCES = f"""
{_REFUND}
WHERE refunds.reference IN %(references)s
  AND payments.provider = %(provider)s
"""
_REFUND_BY_NUMBER = f"""
{_REFUND}
WHERE payments.provider_key = %(key)s
  AND refunds.number = %(number)s
  AND refunds.reference IS NULL
"""
_REFUNDS_SUCCEEDED = f"""
{_REFUND}
WHERE refunds.id > %(after)s
  AND payments.provider = %(provider)s
  AND refunds.state = 'succeeded'
  AND refunds.created_at >= %(since)s
  AND refunds.updated_at < %(until)s
ORDER BY refunds.id
LIMIT %(limit)s
"""
_ROWS_AT_ONCE = 500


class Ledger:
    """One provider's payments and refunds as the shop has them."""

    def __init__(self, database: Database, provider: str) -> None:
        self._database = database
        self._provider = provider

    def payments_of(self, told: Sequence[Intent]) -> dict[str, BookedPayment]:
        """Those of the attempts that the shop knows, by the provider's reference."""
        keys = [self._key(intent.reference) for intent in told]
        rows = self._database.rows(_BY_REFERENCES, {"keys": keys}) if keys else []
        found = {str(row["reference"]): BookedPayment(**row) for row in rows}
        for intent in told:
            # The shop has not noted the reference yet.
            if intent.reference not in found and intent.order_id is not None and intent.attempt is not None:
                values = {"order_id": intent.order_id, "attempt": intent.attempt, "provider": self._provider}
                if row := self._database.row(_BY_ATTEMPT, values):
                    found[intent.reference] = BookedPayment(**row)
        return found

    def payment(self, reference: str) -> BookedPayment | None:
        """The attempt under this reference."""
        row = self._database.row(_BY_REFERENCES, {"keys": [self._key(reference)]})
        return BookedPayment(**row) if row else None

    def refunds_of(self, told: Sequence[ProviderRefund]) -> dict[str, BookedRefund]:
        """Those of the refunds that the shop knows, by the provider's reference."""
        wanted = {"references": [refund.reference for refund in told], "provider": self._provider}
        rows = self._database.rows(_REFUNDS_BY_REFERENCES, wanted) if told else []
        found = {str(row["reference"]): BookedRefund(**row) for row in rows}
        for refund in told:
            if refund.reference not in found and refund.number is not None and refund.intent_reference is not None:
                values = {"key": self._key(refund.intent_reference), "number": refund.number}
                if row := self._database.row(_REFUND_BY_NUMBER, values):
                    found[refund.reference] = BookedRefund(**row)
        return found

    def holding_money(self, since: datetime, until: datetime) -> Iterator[BookedPayment]:
        """Attempts begun since then that have brought money, by `until`; in batches."""
        values = {"provider": self._provider, "since": since, "until": until, "limit": _ROWS_AT_ONCE}
        after = 0
        while rows := self._database.rows(_HOLDING_MONEY, {**values, "after": after}):
            yield from (BookedPayment(**row) for row in rows)
            after = rows[-1]["id"]

    def succeeded_refunds(self, since: datetime, until: datetime) -> Iterator[BookedRefund]:
        """Refunds requested since then that have succeeded, by `until`; in batches."""
        values = {"provider": self._provider, "since": since, "until": until, "limit": _ROWS_AT_ONCE}
        after = 0
        while rows := self._database.rows(_REFUNDS_SUCCEEDED, {**values, "after": after}):
            yield from (BookedRefund(**row) for row in rows)
            after = rows[-1]["id"]

    def _key(self, reference: str) -> str:
        return f"{self._provider}:{reference}"
