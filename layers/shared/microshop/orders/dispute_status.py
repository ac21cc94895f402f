"""The status of a dispute, and what it means for money and goods. It changes neither state of the order."""

from collections.abc import Collection
from typing import Literal, get_args

# inquiry  the bank asks, and no funds were withdrawn; it may become a dispute
# open     a chargeback: funds were withdrawn until it is decided, or are about to be
# closed   an inquiry that ended without a dispute, or a dispute that was prevented
type DisputeStatus = Literal["inquiry", "open", "won", "lost", "closed"]

DISPUTE_STATUSES: tuple[DisputeStatus, ...] = get_args(DisputeStatus.__value__)
# The bank holds the funds, so a refund would pay twice.
WITHHOLDING: frozenset[DisputeStatus | None] = frozenset({"open", "lost"})
# Shipping such an order may lose both goods and money, so it needs a confirmation.
SHIPPED_WITH_CONFIRMATION: frozenset[DisputeStatus | None] = WITHHOLDING | {"inquiry"}
# An order with several disputes shows the first of these that it has.
_MOST_SERIOUS_FIRST: tuple[DisputeStatus, ...] = ("open", "lost", "inquiry", "won", "closed")


def most_serious(statuses: Collection[DisputeStatus]) -> DisputeStatus | None:
    """Returns the most serious of the statuses, or None if there are none."""
    return next((status for status in _MOST_SERIOUS_FIRST if status in statuses), None)
