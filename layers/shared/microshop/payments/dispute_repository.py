"""All SQL that reads and writes disputes. The caller holds the lock of the order's row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from microshop.payments.dispute import Dispute
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey

if TYPE_CHECKING:
    from microshop.orders.dispute_status import DisputeStatus
    from microshop.payments.payment import Payment
    from microshop.payments.providers.port import ProviderDispute
    from microshop.platform.mysql import Database

_OF_ORDER = """
SELECT id, payment_id, order_id, reference, status, closed_at, as_of
FROM disputes
WHERE order_id = %(order_id)s
ORDER BY id
"""
_INSERT = """
INSERT INTO disputes (payment_id, order_id, provider, reference, status, reason, amount_minor, currency, respond_by,
                      opened_at, closed_at, as_of)
VALUES (%(payment_id)s, %(order_id)s, %(provider)s, %(reference)s, %(status)s, %(reason)s, %(amount_minor)s,
        %(currency)s, %(respond_by)s, %(opened_at)s, %(closed_at)s, %(as_of)s)
"""
_UPDATE = """
UPDATE disputes
SET status = %(status)s,
    reason = %(reason)s,
    amount_minor = %(amount_minor)s,
    currency = %(currency)s,
    respond_by = %(respond_by)s,
    closed_at = %(closed_at)s,
    as_of = %(as_of)s
WHERE id = %(id)s
"""
_CLOSED_EARLIER = """
UPDATE disputes
SET closed_at = %(closed_at)s
WHERE id = %(id)s
"""
_MARK_PAYMENT = """
UPDATE payments
SET dispute_status = %(status)s,
    updated_at = %(now)s
WHERE id = %(id)s
"""
_MAX_REASON_LENGTH = 100


class DisputeRepository:
    """Reads and writes disputes, within a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_order(self, order_id: int) -> list[Dispute]:
        """Returns the disputes of an order's payments, in the order of their ids."""
        return [Dispute(**row) for row in self._database.rows(_OF_ORDER, {"order_id": order_id})]

    def add(self, payment: Payment, update: ProviderDispute, closed_at: datetime | None) -> int:
        """Add a dispute of a payment. Returns its id.

        Raises:
            ConstraintRefused: the dispute is stored for another payment.
        """
        keys = {"payment_id": payment.id, "order_id": payment.order_id, "provider": payment.provider}
        try:
            return self._database.insert(_INSERT, {**_columns(update), **keys, "closed_at": closed_at})
        except DuplicateKey as duplicate:
            raise ConstraintRefused(duplicate.key) from None

    def change(self, dispute: Dispute, update: ProviderDispute, closed_at: datetime | None) -> None:
        """Apply a newer update of the provider to a dispute."""
        self._database.execute(_UPDATE, {**_columns(update), "id": dispute.id, "closed_at": closed_at})

    def close_earlier(self, dispute: Dispute, closed_at: datetime) -> None:
        """Set an earlier closing time of a closed dispute."""
        self._database.execute(_CLOSED_EARLIER, {"id": dispute.id, "closed_at": closed_at})

    def mark_payment(self, payment_id: int, status: DisputeStatus | None) -> None:
        """Set the status of a payment's most serious dispute."""
        self._database.execute(_MARK_PAYMENT, {"id": payment_id, "status": status, "now": datetime.now(UTC)})


def _columns(update: ProviderDispute) -> dict[str, Any]:
    columns = update.as_dict()
    del columns["movements"], columns["intent_reference"]
    return {**columns, "reason": update.reason[:_MAX_REASON_LENGTH]}
