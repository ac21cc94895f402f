"""The status of a dispute and its effect on refunds and shipping. It changes neither status of the order."""

from collections.abc import Collection
from typing import Literal, get_args

# inquiry  the bank inquires and has withdrawn no funds; it may become a dispute
# open     a chargeback: the bank has withdrawn the funds until the decision, or is about to
# closed   an inquiry that ended without a dispute, or a prevented dispute
type DisputeStatus = Literal["inquiry", "open", "won", "lost", "closed"]

DISPUTE_STATUSES: tuple[DisputeStatus, ...] = get_args(DisputeStatus.__value__)
# The bank has the funds, so a refund would pay the customer twice.
FUNDS_WITHHELD: frozenset[DisputeStatus | None] = frozenset({"open", "lost"})
# Shipping such an order may lose both goods and money, so it requires a confirmation.
REQUIRES_CONFIRMATION: frozenset[DisputeStatus | None] = FUNDS_WITHHELD | {"inquiry"}
# An order with several disputes has the first of these statuses.
_MOST_SERIOUS_FIRST: tuple[DisputeStatus, ...] = ("open", "lost", "inquiry", "won", "closed")


def most_serious(statuses: Collection[DisputeStatus]) -> DisputeStatus | None:
    """Returns the most serious of the statuses, or None if there are none."""
    return next((status for status in _MOST_SERIOUS_FIRST if status in statuses), None)
