"""The outcomes of provider updates, of checks at the provider and of expiries.

They are stored with webhook events, logged, and used as a dimension of metrics. Rows stored by earlier releases have
spaces instead of underscores; no code reads them back.
"""

from enum import StrEnum


class Outcome(StrEnum):
    """The effect of an update, a check or an expiry."""

    # payments
    PAID = "paid"
    PAID_LATE = "paid_late"  # after the order was cancelled or had expired: it is refunded
    STRAY = "stray"  # another payment has paid the order, or it expects none: this one is refunded
    MISMATCH = "mismatch"  # amount or currency differs from the order's
    PROCESSING = "processing"
    DECLINED = "declined"
    REOPENED = "reopened"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNKNOWN = "unknown"  # no usable answer: the provider may have acted
    UNKNOWN_PAYMENT = "unknown_payment"  # matches no payment and names no other shop; disputes never name a shop
    FOREIGN = "foreign"  # belongs to another shop or to no shop on the same account
    # refunds
    REFUNDED = "refunded"
    REFUND_PENDING = "refund_pending"
    REFUND_FAILED = "refund_failed"
    REFUND_BEFORE_PAYMENT = "refund_before_payment"  # both will be checked at the provider
    REFUND_WAITS_FOR_ANOTHER = "refund_waits_for_another"  # a requested refund reserves the amount until it is refused
    TOO_MUCH_REFUNDED = "too_much_refunded"  # more than the payment has left
    ORDER_UNCHANGED = "order_unchanged"  # the refund is recorded, but the order's state or amounts do not allow it
    # disputes
    DISPUTED = "disputed"
    DISPUTE_CLOSED = "dispute_closed"
    DISPUTE_FUNDS_MOVED = "dispute_funds_moved"
    REFUND_HELD = "refund_held"  # an open dispute holds it back
    REFUND_REDUCED = "refund_reduced"  # to the amount that no dispute withholds
    # checks and expiry
    WAITING = "waiting"  # the request may still be in flight to the provider
    CLAIMED_ELSEWHERE = "claimed_elsewhere"  # another execution handles it
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    # no change
    NOTHING_NEW = "nothing_new"
    DUPLICATE = "duplicate"  # the event was applied before
    IGNORED = "ignored"
    UNUSABLE = "unusable"  # the content of the event cannot be applied

    @property
    def needs_review(self) -> bool:
        """Whether an operator must review it: the PaymentsToReview alarm counts these."""
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
