"""The states of an order and all transitions between them.

A state is a pair of order status and payment status. A database constraint allows the same pairs
(migrations/0037_allow_returned_orders.sql), and every UPDATE names the states from which it may start.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from microshop.values import Value

type OrderStatus = Literal["pending", "confirmed", "shipped", "delivered", "returned", "cancelled", "expired"]
type PaymentStatus = Literal["unpaid", "processing", "review", "paid", "partially_refunded", "refunded"]
type Action = Literal[
    "placed",
    "confirmed",
    "shipped",
    "shipment_corrected",
    "delivered",
    "returned",
    "return_settled",
    "cancelled",
    "expired",
    "paid",
    "paid_late",
    "payment_processing",
    "payment_review",
    "payment_reopened",
    "payment_failed",
    "partially_refunded",
    "refunded",
    "refund_failed",
    "disputed",
    "dispute_won",
    "dispute_lost",
    "dispute_closed",
]
type State = tuple[OrderStatus, PaymentStatus]

STATUSES: tuple[OrderStatus, ...] = get_args(OrderStatus.__value__)
PAYMENT_STATUSES: tuple[PaymentStatus, ...] = get_args(PaymentStatus.__value__)

# The payment statuses that are possible with each order status.
PAYMENT_STATUSES_OF: Mapping[OrderStatus, frozenset[PaymentStatus]] = {
    "pending": frozenset({"unpaid", "processing", "review"}),
    # unpaid: cash on delivery; paid: also an order with nothing to pay; refunded: can only be cancelled
    "confirmed": frozenset({"unpaid", "paid", "partially_refunded", "refunded"}),
    "shipped": frozenset({"unpaid", "paid", "partially_refunded", "refunded"}),
    "delivered": frozenset({"paid", "partially_refunded", "refunded"}),
    # unpaid: cash on delivery that was never paid; paid: a refund is due
    "returned": frozenset({"unpaid", "paid", "partially_refunded", "refunded"}),
    # paid: a refund is due; review: it is unknown whether one is due
    "cancelled": frozenset({"unpaid", "review", "paid", "partially_refunded", "refunded"}),
    "expired": frozenset({"unpaid", "review", "paid", "partially_refunded", "refunded"}),
}


class Transition(Value):
    """A change of an order: its action in the history, and the states from and to which it moves an order."""

    action: Action
    moves: Mapping[State, State]
    refusal_text: str = ""

    @property
    def refusal(self) -> str:
        """The message for clients if the transition does not start from the order's state."""
        return self.refusal_text or f"it cannot be {self.action.replace('_', ' ')}"


CONFIRM = Transition("confirmed", {("pending", "unpaid"): ("confirmed", "paid")})
SHIP = Transition(
    "shipped", {("confirmed", each): ("shipped", each) for each in ("unpaid", "paid", "partially_refunded")}
)
CORRECT_SHIPMENT = Transition(
    "shipment_corrected",
    {("shipped", each): ("shipped", each) for each in PAYMENT_STATUSES_OF["shipped"]},
    "its shipment cannot be corrected",
)
# Delivery pays an order with cash on delivery.
DELIVER = Transition(
    "delivered",
    {
        ("shipped", "unpaid"): ("delivered", "paid"),
        ("shipped", "paid"): ("delivered", "paid"),
        ("shipped", "partially_refunded"): ("delivered", "partially_refunded"),
        ("shipped", "refunded"): ("delivered", "refunded"),
    },
)
# The parcel came back undelivered. Cash on delivery was not paid then; other orders stay paid until an admin refunds
# them.
RETURN = Transition("returned", {("shipped", each): ("returned", each) for each in PAYMENT_STATUSES_OF["shipped"]})
# An admin has decided how much of the payment is refunded; the shop keeps the rest.
SETTLE_RETURN = Transition(
    "return_settled",
    {("returned", each): ("returned", each) for each in ("paid", "partially_refunded")},
    "there is no return with money to settle",
)
# A paid order stays paid until its refund has succeeded. A payment in processing cannot be cancelled.
CANCEL = Transition(
    "cancelled",
    {
        ("pending", "unpaid"): ("cancelled", "unpaid"),
        ("pending", "review"): ("cancelled", "review"),
        ("confirmed", "unpaid"): ("cancelled", "unpaid"),
        ("confirmed", "paid"): ("cancelled", "paid"),
        ("confirmed", "partially_refunded"): ("cancelled", "partially_refunded"),
        ("confirmed", "refunded"): ("cancelled", "refunded"),
    },
)
# An order with nothing to pay received no money, so no refund is due.
CANCEL_FREE = Transition("cancelled", {("confirmed", "paid"): ("cancelled", "unpaid")})
# The full refund of a wrong amount ends the review. Money in another currency never counts as paid.
CANCEL_REFUNDED = Transition("cancelled", {("pending", "review"): ("cancelled", "refunded")})
CANCEL_FOREIGN = Transition("cancelled", {("pending", "review"): ("cancelled", "unpaid")})
# An order whose payment may be in progress never expires: expiring.py first settles the payment.
EXPIRE = Transition("expired", {("pending", "unpaid"): ("expired", "unpaid")})

# ---- provider updates
PAY = Transition(
    "paid",
    {
        ("pending", "unpaid"): ("confirmed", "paid"),
        ("pending", "processing"): ("confirmed", "paid"),
        ("pending", "review"): ("confirmed", "paid"),
    },
)
# The payment of an order that has ended; it is refunded.
PAY_LATE = Transition(
    "paid_late",
    {
        ("cancelled", "unpaid"): ("cancelled", "paid"),
        ("cancelled", "review"): ("cancelled", "paid"),
        ("expired", "unpaid"): ("expired", "paid"),
        ("expired", "review"): ("expired", "paid"),
    },
)
AWAIT_PAYMENT = Transition(
    "payment_processing",
    {("pending", "unpaid"): ("pending", "processing"), ("pending", "review"): ("pending", "processing")},
)
REVIEW_PAYMENT = Transition(
    "payment_review",
    {
        ("pending", "unpaid"): ("pending", "review"),
        ("pending", "processing"): ("pending", "review"),
        ("pending", "review"): ("pending", "review"),
        ("cancelled", "unpaid"): ("cancelled", "review"),
        ("cancelled", "review"): ("cancelled", "review"),
        ("expired", "unpaid"): ("expired", "review"),
        ("expired", "review"): ("expired", "review"),
    },
)
# The provider has no money and expects none, so the customer may pay again.
REOPEN_PAYMENT = Transition(
    "payment_reopened",
    {
        ("pending", "processing"): ("pending", "unpaid"),
        ("pending", "review"): ("pending", "unpaid"),
        ("cancelled", "review"): ("cancelled", "unpaid"),
        ("expired", "review"): ("expired", "unpaid"),
    },
)
FAIL_PAYMENT = Transition(
    "payment_failed",
    {
        ("pending", "unpaid"): ("pending", "unpaid"),
        ("pending", "processing"): ("pending", "unpaid"),
        ("pending", "review"): ("pending", "unpaid"),
    },
)

# ---- refunds
_REFUNDABLE: tuple[OrderStatus, ...] = ("confirmed", "shipped", "delivered", "returned", "cancelled", "expired")
REFUND_PARTIAL = Transition(
    "partially_refunded",
    {
        (status, before): (status, "partially_refunded")
        for status in _REFUNDABLE
        for before in ("paid", "partially_refunded")
    },
)
REFUND_FULL = Transition(
    "refunded",
    {
        (status, before): (status, "refunded")
        for status in _REFUNDABLE
        for before in ("paid", "partially_refunded", "review")
        if before in PAYMENT_STATUSES_OF[status]
    },
)
# A refund of an order with nothing to pay only restocks units: the order stays paid.
REFUND_FREE = Transition(
    "refunded",
    {
        ("confirmed", "paid"): ("confirmed", "paid"),
        ("shipped", "paid"): ("shipped", "paid"),
        ("delivered", "paid"): ("delivered", "paid"),
    },
)
# A refund of a wrong amount: the order stays in review until it has ended.
REFUND_IN_REVIEW = Transition(
    "partially_refunded", {(status, "review"): (status, "review") for status in ("pending", "cancelled", "expired")}
)
# The full refund of a wrong amount: the cancellation follows in the same transaction.
REFUND_FULL_IN_REVIEW = Transition("refunded", {("pending", "review"): ("pending", "review")})
REVERSE_REFUND_IN_REVIEW = Transition("refund_failed", REFUND_IN_REVIEW.moves)
# A refund of money in another currency, which never counts for the order. An earlier release counted it, so the order
# may be paid or refunded.
_FOREIGN_STATES: tuple[State, ...] = tuple(
    (status, before) for status in ("cancelled", "expired") for before in ("review", "paid", "partially_refunded")
)
REFUND_PARTIAL_FOREIGN = Transition("partially_refunded", {before: (before[0], "review") for before in _FOREIGN_STATES})
REFUND_FULL_FOREIGN = Transition("refunded", {before: (before[0], "unpaid") for before in _FOREIGN_STATES})
REVERSE_FOREIGN = Transition(
    "refund_failed",
    {
        (status, before): (status, "review")
        for status in ("cancelled", "expired")
        for before in sorted(PAYMENT_STATUSES_OF[status])
    },
)
# A refund failed after it had succeeded, because the customer's bank refused it.
REVERSE_REFUND = Transition(
    "refund_failed",
    {(status, before): (status, "paid") for status in _REFUNDABLE for before in ("partially_refunded", "refunded")},
)
REVERSE_PARTIAL_REFUND = Transition(
    "refund_failed",
    {
        (status, before): (status, "partially_refunded")
        for status in _REFUNDABLE
        for before in ("partially_refunded", "refunded")
    },
)
# ---- disputes: they change neither order nor payment status
_UNCHANGED: Mapping[State, State] = {
    (status, payment_status): (status, payment_status)
    for status, payment_statuses in PAYMENT_STATUSES_OF.items()
    for payment_status in sorted(payment_statuses)
}
DISPUTE = Transition("disputed", _UNCHANGED)
WIN_DISPUTE = Transition("dispute_won", _UNCHANGED)
LOSE_DISPUTE = Transition("dispute_lost", _UNCHANGED)
CLOSE_DISPUTE = Transition("dispute_closed", _UNCHANGED)
TRANSITIONS = tuple(each for each in list(globals().values()) if isinstance(each, Transition))
