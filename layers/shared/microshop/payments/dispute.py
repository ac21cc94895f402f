"""A dispute in the shop's records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from datetime import datetime

    from microshop.orders.dispute_status import DisputeStatus


class Dispute(Value):
    """A dispute of a payment, in its state at the provider at `as_of`; see migrations/0027_create_disputes.sql."""

    id: int
    payment_id: int
    order_id: int
    reference: str
    status: DisputeStatus
    closed_at: datetime | None
    as_of: datetime
