"""SQL that runs the checks, and that finds a provider's payments, refunds and disputes in the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from microshop.errors import Unavailable
from microshop.messaging.outbox import STUCK_AFTER, STUCK_ATTEMPTS
from microshop.platform.mysql_errors import StatementTimedOut
from microshop.platform.time_limit import time_limited
from microshop.reconciliation.comparison import RecordedDispute, RecordedPayment, RecordedRefund

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from microshop.payments.providers.port import Intent, ProviderDispute, ProviderRefund
    from microshop.platform.mysql import Database, Row
    from microshop.reconciliation.check import Check, Window
    from microshop.reconciliation.slices import Slice

# resolve_payments runs every minute, so a status check that is this late will not happen by itself.
_OVERDUE_AFTER = timedelta(hours=1)
# The alarm RefundsDelayed has the same limit. A requested refund is retried within two minutes, so the time of its
# next check does not show that it is late.
_REFUNDED_WITHIN = timedelta(minutes=15)
_REVIEWED_WITHIN = timedelta(days=1)

# Below the read timeout of the function (30 s), so that the server ends the query too.
_MAX_SECONDS = 25

# Each check is one statement, hence one snapshot: all rows that it compares are from the same moment.
_LIMITED = "SELECT checked.*, COUNT(*) OVER () AS found_in_all FROM ({sql}) AS checked LIMIT %(limit)s"
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
# In the order of changes, because no index has the time of creation: what was created since then changed since then.
_HOLDING_MONEY = f"""
SELECT {_PAYMENT}, payments.updated_at
FROM payments FORCE INDEX (payments_by_change)
WHERE updated_at >= %(moment)s
  AND updated_at < %(until)s
  AND (updated_at > %(moment)s OR id > %(after)s)
  AND provider = %(provider)s
  AND state IN ('captured', 'mismatched', 'stray')
  AND created_at >= %(since)s
ORDER BY updated_at, id
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
_REFUNDS_SUCCEEDED = """
SELECT refunds.id, refunds.order_id, refunds.number, refunds.reference, payments.reference AS intent_reference,
       refunds.state, refunds.amount_minor, refunds.currency, refunds.updated_at
FROM refunds FORCE INDEX (refunds_by_change)
JOIN payments ON payments.id = refunds.payment_id
WHERE refunds.updated_at >= %(moment)s
  AND refunds.updated_at < %(until)s
  AND (refunds.updated_at > %(moment)s OR refunds.id > %(after)s)
  AND payments.provider = %(provider)s
  AND refunds.state = 'succeeded'
  AND refunds.created_at >= %(since)s
ORDER BY refunds.updated_at, refunds.id
LIMIT %(limit)s
"""
_DISPUTES_BY_REFERENCES = """
SELECT disputes.id, disputes.order_id, disputes.reference, disputes.status, disputes.amount_minor, disputes.currency,
       payment_entries.reference AS movement
FROM disputes
LEFT JOIN payment_entries ON payment_entries.payment_id = disputes.payment_id
    AND payment_entries.dispute_id = disputes.id
    AND payment_entries.kind IN ('dispute_withdrawn', 'dispute_reinstated')
WHERE disputes.provider = %(provider)s
  AND disputes.reference IN %(references)s
"""
_BATCH_SIZE = 500


def check_parameters(window: Window) -> dict[str, object]:
    """Returns the parameters of every check's query."""
    return {
        "events_since": window.events_since,
        "effect_before": window.now - window.effect_within,
        "stuck_attempts": STUCK_ATTEMPTS,
        "stuck_before": window.now - STUCK_AFTER,
        "overdue_before": window.now - _OVERDUE_AFTER,
        "refunded_before": window.now - _REFUNDED_WITHIN,
        "reviewed_before": window.now - _REVIEWED_WITHIN,
    }


class Books:
    """Reads the shop's tables for the checks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows_in_slice(self, check: Check, part: Slice, window: Window) -> list[Row]:
        """Returns the rows of a check in a slice, each with the query's parameters.

        Raises:
            Unavailable: the database does not answer in time.
        """
        parameters = check_parameters(window)
        rows = self._rows(part.narrow(check.sql), {**parameters, **part.parameters})
        return [{**parameters, **row} for row in rows]

    def rows_in_state(self, check: Check, window: Window, limit: int) -> tuple[list[Row], int]:
        """Returns the first rows of a check without slices, each with the query's parameters, and the number of rows.

        Raises:
            Unavailable: the database does not answer in time.
        """
        parameters = check_parameters(window)
        rows = self._rows(_LIMITED.format(sql=check.sql), {**parameters, "limit": limit})
        total = int(rows[0]["found_in_all"]) if rows else 0
        return [{**parameters, **row} for row in rows], total

    def ledger_of(self, provider: str) -> Ledger:
        """Returns the part of the ledger that belongs to a provider."""
        return Ledger(self._database, provider)

    def _rows(self, sql: str, parameters: dict[str, object]) -> list[Row]:
        try:
            return self._database.rows(time_limited(sql, _MAX_SECONDS), parameters)
        except StatementTimedOut as error:
            raise Unavailable("database", f"a query took more than {_MAX_SECONDS} s") from error


class Ledger:
    """One provider's payments, refunds and disputes in the shop's ledger."""

    def __init__(self, database: Database, provider: str) -> None:
        self._database = database
        self._provider = provider

    def payments_of(self, intents: Sequence[Intent]) -> dict[str, RecordedPayment]:
        """Returns the payments of these intents, by the provider's reference, without unknown ones."""
        keys = [self._key(intent.reference) for intent in intents]
        rows = self._database.rows(_BY_REFERENCES, {"keys": keys}) if keys else []
        payments = {str(row["reference"]): RecordedPayment(**row) for row in rows}
        for intent in intents:
            # The shop may not have stored the reference yet; then the intent's metadata identify the payment.
            has_metadata = intent.order_id is not None and intent.attempt is not None and not intent.foreign
            if intent.reference not in payments and has_metadata:
                values = {"order_id": intent.order_id, "attempt": intent.attempt, "provider": self._provider}
                if row := self._database.row(_BY_ATTEMPT, values):
                    payments[intent.reference] = RecordedPayment(**row)
        return payments

    def payment(self, reference: str) -> RecordedPayment | None:
        """Returns the payment with this reference, or None."""
        row = self._database.row(_BY_REFERENCES, {"keys": [self._key(reference)]})
        return RecordedPayment(**row) if row else None

    def refunds_of(self, refunds: Sequence[ProviderRefund]) -> dict[str, RecordedRefund]:
        """Returns the ledger's refunds for the provider's, by the provider's reference, without unknown ones."""
        references = {"references": [refund.reference for refund in refunds], "provider": self._provider}
        rows = self._database.rows(_REFUNDS_BY_REFERENCES, references) if refunds else []
        recorded = {str(row["reference"]): RecordedRefund(**row) for row in rows}
        for refund in refunds:
            if refund.reference not in recorded and refund.number is not None and refund.intent_reference is not None:
                values = {"key": self._key(refund.intent_reference), "number": refund.number}
                if row := self._database.row(_REFUND_BY_NUMBER, values):
                    recorded[refund.reference] = RecordedRefund(**row)
        return recorded

    def disputes_of(self, disputes: Sequence[ProviderDispute]) -> dict[str, RecordedDispute]:
        """Returns the shop's disputes for the provider's, by the provider's reference, without unknown ones."""
        references = {"references": [dispute.reference for dispute in disputes], "provider": self._provider}
        rows = self._database.rows(_DISPUTES_BY_REFERENCES, references) if disputes else []
        movements: dict[str, set[str]] = {}
        for row in rows:
            movements.setdefault(row["reference"], set()).update(filter(None, [row.pop("movement")]))
        return {
            row["reference"]: RecordedDispute(**row, movements=frozenset(movements[row["reference"]])) for row in rows
        }

    def holding_money(self, since: datetime, until: datetime) -> Iterator[RecordedPayment]:
        """Yield payments that hold money, started since `since` and last changed before `until`."""
        return (RecordedPayment(**row) for row in self._in_order_of_change(_HOLDING_MONEY, since, until))

    def succeeded_refunds(self, since: datetime, until: datetime) -> Iterator[RecordedRefund]:
        """Yield succeeded refunds, requested since `since` and last changed before `until`."""
        return (RecordedRefund(**row) for row in self._in_order_of_change(_REFUNDS_SUCCEEDED, since, until))

    def _in_order_of_change(self, sql: str, since: datetime, until: datetime) -> Iterator[Row]:
        values: dict[str, object] = {"provider": self._provider, "since": since, "until": until, "limit": _BATCH_SIZE}
        values |= {"moment": since, "after": 0}
        while rows := self._database.rows(sql, values):
            values |= {"moment": rows[-1]["updated_at"], "after": rows[-1]["id"]}
            for row in rows:
                del row["updated_at"]
                yield row

    def _key(self, reference: str) -> str:
        return f"{self._provider}:{reference}"
