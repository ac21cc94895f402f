"""The one table of an order's states and of what may lead from one to another.

`status` is where the order is, `payment_status` where its money is. The database holds the same pairs as a constraint
(migrations/0008_create_orders.sql), and every UPDATE names the states that it may start from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

type Status = Literal["pending", "confirmed", "shipped", "delivered", "cancelled", "expired"]
type PaymentStatus = Literal["unpaid", "processing", "review", "paid", "partially_refunded", "refunded"]
type State = tuple[Status, PaymentStatus]

STATUSES: tuple[Status, ...] = get_args(Status.__value__)
PAYMENT_STATUSES: tuple[PaymentStatus, ...] = get_args(PaymentStatus.__value__)

# Status → the payment statuses beside it, with the place that card payments, expiry and refunds have among them.
PAIRS: Mapping[Status, frozenset[PaymentStatus]] = {
    "pending": frozenset({"unpaid", "processing", "review"}),
    "confirmed": frozenset({"unpaid", "paid", "partially_refunded"}),  # unpaid: cash on delivery
    "shipped": frozenset({"unpaid", "paid", "partially_refunded", "refunded"}),
    "delivered": frozenset({"paid", "partially_refunded", "refunded"}),
    "cancelled": frozenset({"unpaid", "review", "paid", "partially_refunded", "refunded"}),  # paid: money to give back
    "expired": frozenset({"unpaid", "review", "paid", "refunded"}),
}


@dataclass(frozen=True)
class Transition:
    """A change that an order can go through: the word that the history has for it, and where it leads from where."""

    action: str
    leads: Mapping[State, State]


CONFIRM = Transition("confirmed", {("pending", "unpaid"): ("confirmed", "paid")})
SHIP = Transition(
    "shipped", {("confirmed", "unpaid"): ("shipped", "unpaid"), ("confirmed", "paid"): ("shipped", "paid")}
)
# Cash on delivery is paid by being delivered.
DELIVER = Transition(
    "delivered", {("shipped", "unpaid"): ("delivered", "paid"), ("shipped", "paid"): ("delivered", "paid")}
)
# What was paid offline stays paid: it is given back by hand.
CANCEL = Transition(
    "cancelled",
    {
        ("pending", "unpaid"): ("cancelled", "unpaid"),
        ("confirmed", "unpaid"): ("cancelled", "unpaid"),
        ("confirmed", "paid"): ("cancelled", "paid"),
    },
)
TRANSITIONS = (CONFIRM, SHIP, DELIVER, CANCEL)
