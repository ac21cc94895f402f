"""The outcomes of applying a provider update, of a check at the provider and of an expiry.

They are stored with webhook events, logged, and a dimension of metrics. Stored rows of earlier releases have spaces
instead of underscores; no code reads them back.
"""

from enum import StrEnum


class Outcome(StrEnum):
    """What an update, a check or an expiry has done."""

    # payments
    PAID = "paid"
    PAID_LATE = "paid_late"  # after the order was cancelled or expired: it is refunded
    STRAY = "stray"  # for an order that was paid otherwise, or expects no payment: it is refunded
    MISMATCH = "mismatch"  # another amount or currency than the order's
    PROCESSING = "processing"
    DECLINED = "declined"
    REOPENED = "reopened"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNKNOWN = "unknown"  # no usable answer: the provider may have acted
    UNKNOWN_PAYMENT = "unknown_payment"  # no order or payment matches, and it names no other shop; disputes name none
    FOREIGN = "foreign"  # of another shop, or of none, on the same account
    # refunds
    REFUNDED = "refunded"
    REFUND_PENDING = "refund_pending"
    REFUND_FAILED = "refund_failed"
    REFUND_BEFORE_PAYMENT = "refund_before_payment"  # both are checked at the provider
    REFUND_WAITS_FOR_ANOTHER = "refund_waits_for_another"  # there is room for it once the requested one is refused
    TOO_MUCH_REFUNDED = "too_much_refunded"  # more than the payment has left
    ORDER_UNCHANGED = "order_unchanged"  # the refund is recorded, but the order's state and amounts do not fit it
    # disputes
    DISPUTED = "disputed"
    DISPUTE_CLOSED = "dispute_closed"
    DISPUTE_FUNDS_MOVED = "dispute_funds_moved"
    REFUND_HELD = "refund_held"  # by an open dispute
    REFUND_REDUCED = "refund_reduced"  # to what the disputes of an order that is over leave
    # checks and expiry
    WAITING = "waiting"  # too early to tell whether the provider has it
    CLAIMED_ELSEWHERE = "claimed_elsewhere"  # by another execution
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    # no change
    NOTHING_NEW = "nothing_new"
    DUPLICATE = "duplicate"  # the event was applied before
    IGNORED = "ignored"
    UNUSABLE = "unusable"  # an event whose content cannot be applied

    @property
    def needs_review(self) -> bool:
        """Whether a person must look at it: the PaymentsToReview alarm counts these."""
        return self in _NEED_REVIEW


_NEED_REVIEW = frozenset(
    {
        Outcome.PAID_LATE,
        Outcome.STRAY,
        Outcome.MISMATCH,
        Outcome.REFUND_FAILED,
        Outcome.TOO_MUCH_REFUNDED,
        Outcome.ORDER_UNCHANGED,
        Outcome.DISPUTED,
        Outcome.UNUSABLE,
    }
)
