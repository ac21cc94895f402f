"""The one table of an order's states and of what may lead from one to another.

`status` is where the order is, `payment_status` where its money is. The database holds the same pairs as a constraint
(migrations/0037_allow_returned_orders.sql), and every UPDATE names the states that it may start from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

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

# OrderStatus → the payment statuses beside it.
PAIRS: Mapping[OrderStatus, frozenset[PaymentStatus]] = {
    "pending": frozenset({"unpaid", "processing", "review"}),
    # unpaid: cash on delivery; paid: from the beginning if there is nothing to pay; refunded: can only be cancelled
    "confirmed": frozenset({"unpaid", "paid", "partially_refunded", "refunded"}),
    "shipped": frozenset({"unpaid", "paid", "partially_refunded", "refunded"}),
    "delivered": frozenset({"paid", "partially_refunded", "refunded"}),
    # unpaid: cash on delivery that never came; paid: money to give back
    "returned": frozenset({"unpaid", "paid", "partially_refunded", "refunded"}),
    # paid: money to give back; review: it is not known whether there is any
    "cancelled": frozenset({"unpaid", "review", "paid", "partially_refunded", "refunded"}),
    "expired": frozenset({"unpaid", "review", "paid", "partially_refunded", "refunded"}),
}


@dataclass(frozen=True)
class Transition:
    """A change of an order: its action in the history, and the states that it moves an order from and to."""

    action: Action
    moves: Mapping[State, State]
    refused_as: str = ""

    @property
    def refusal(self) -> str:
        """What a client reads if the transition does not start from the state of the order."""
        return self.refused_as or f"it cannot be {self.action.replace('_', ' ')}"


CONFIRM = Transition("confirmed", {("pending", "unpaid"): ("confirmed", "paid")})
SHIP = Transition(
    "shipped", {("confirmed", each): ("shipped", each) for each in ("unpaid", "paid", "partially_refunded")}
)
CORRECT_SHIPMENT = Transition(
    "shipment_corrected",
    {("shipped", each): ("shipped", each) for each in PAIRS["shipped"]},
    "its shipment cannot be corrected",
)
# Cash on delivery is paid by being delivered.
DELIVER = Transition(
    "delivered",
    {
        ("shipped", "unpaid"): ("delivered", "paid"),
        ("shipped", "paid"): ("delivered", "paid"),
        ("shipped", "partially_refunded"): ("delivered", "partially_refunded"),
        ("shipped", "refunded"): ("delivered", "refunded"),
    },
)
# The parcel came back. Cash on delivery was never paid then; what was paid stays paid until an admin refunds it.
RETURN = Transition("returned", {("shipped", each): ("returned", each) for each in PAIRS["shipped"]})
# An admin has decided how much of the money goes back; the rest stays with the shop.
SETTLE_RETURN = Transition(
    "return_settled",
    {("returned", each): ("returned", each) for each in ("paid", "partially_refunded")},
    "there is no money of a returned order to decide on",
)
# What was paid stays paid until its refund has succeeded. Money that is on its way cannot be called back.
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
# An order with nothing to pay was never paid for, so no refund is due.
CANCEL_FREE = Transition("cancelled", {("confirmed", "paid"): ("cancelled", "unpaid")})
# Money of the wrong amount that was refunded in full ends the review. Money in another currency never counted as paid.
CANCEL_REFUNDED = Transition("cancelled", {("pending", "review"): ("cancelled", "refunded")})
CANCEL_FOREIGN = Transition("cancelled", {("pending", "review"): ("cancelled", "unpaid")})
# Money that may be on its way never expires: whoever wants to expire such an order settles its payment first.
EXPIRE = Transition("expired", {("pending", "unpaid"): ("expired", "unpaid")})

# ---- what a payment provider tells
PAY = Transition(
    "paid",
    {
        ("pending", "unpaid"): ("confirmed", "paid"),
        ("pending", "processing"): ("confirmed", "paid"),
        ("pending", "review"): ("confirmed", "paid"),
    },
)
# Money for an order that is over: it goes back.
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
# The provider has no money and expects none: the customer may try again.
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
_WITH_MONEY: tuple[OrderStatus, ...] = ("confirmed", "shipped", "delivered", "returned", "cancelled", "expired")
REFUND_PART = Transition(
    "partially_refunded",
    {
        (status, before): (status, "partially_refunded")
        for status in _WITH_MONEY
        for before in ("paid", "partially_refunded")
    },
)
REFUND_WHOLE = Transition(
    "refunded",
    {
        (status, before): (status, "refunded")
        for status in _WITH_MONEY
        for before in ("paid", "partially_refunded", "review")
        if before in PAIRS[status]
    },
)
# Units of an order with nothing to pay come back without money: it stays paid.
REFUND_NOTHING = Transition(
    "refunded",
    {
        ("confirmed", "paid"): ("confirmed", "paid"),
        ("shipped", "paid"): ("shipped", "paid"),
        ("delivered", "paid"): ("delivered", "paid"),
    },
)
# Of money that is not what was asked for: the order stays to be looked at until it is over.
REFUND_IN_REVIEW = Transition(
    "partially_refunded", {(status, "review"): (status, "review") for status in ("pending", "cancelled", "expired")}
)
# All of it: the cancellation follows in the same transaction.
REFUND_WHOLE_IN_REVIEW = Transition("refunded", {("pending", "review"): ("pending", "review")})
REVERSE_REFUND_IN_REVIEW = Transition("refund_failed", REFUND_IN_REVIEW.moves)
# Of money in another currency, which never was the order's. An earlier release counted it, so that the order may be
# paid or refunded.
_HOLDING_FOREIGN: tuple[State, ...] = tuple(
    (status, before) for status in ("cancelled", "expired") for before in ("review", "paid", "partially_refunded")
)
REFUND_PART_FOREIGN = Transition("partially_refunded", {before: (before[0], "review") for before in _HOLDING_FOREIGN})
REFUND_FOREIGN = Transition("refunded", {before: (before[0], "unpaid") for before in _HOLDING_FOREIGN})
REVERSE_FOREIGN = Transition(
    "refund_failed",
    {(status, before): (status, "review") for status in ("cancelled", "expired") for before in sorted(PAIRS[status])},
)
# A refund that had succeeded has come back: the customer's bank did not take it.
REVERSE_REFUND = Transition(
    "refund_failed",
    {(status, before): (status, "paid") for status in _WITH_MONEY for before in ("partially_refunded", "refunded")},
)
REVERSE_PART_OF_REFUND = Transition(
    "refund_failed",
    {
        (status, before): (status, "partially_refunded")
        for status in _WITH_MONEY
        for before in ("partially_refunded", "refunded")
    },
)
# ---- disputes: they change neither order nor payment status
_EVERYWHERE: Mapping[State, State] = {
    (status, beside): (status, beside) for status, pairs in PAIRS.items() for beside in sorted(pairs)
}
DISPUTE = Transition("disputed", _EVERYWHERE)
WIN_DISPUTE = Transition("dispute_won", _EVERYWHERE)
LOSE_DISPUTE = Transition("dispute_lost", _EVERYWHERE)
CLOSE_DISPUTE = Transition("dispute_closed", _EVERYWHERE)
TRANSITIONS = tuple(each for each in list(globals().values()) if isinstance(each, Transition))
