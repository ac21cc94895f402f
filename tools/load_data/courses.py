"""The courses that loaded orders take: their steps, payments, refunds and disputes, and how frequent each is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, NamedTuple

from microshop.orders.order import PaymentMethod
from microshop.orders.states import Action, OrderStatus, PaymentStatus

type Actor = Literal["customer", "admin", "system"]

_HOUR, _DAY = 3600, 86400
# An order's steps take between half and one and a half times as long as stated here.
SLOWEST = 1.5


class Step(NamedTuple):
    """A change of an order, so many seconds after it was placed."""

    action: Action
    status: OrderStatus
    payment_status: PaymentStatus
    actor: Actor
    after: int = 0
    note: str | None = None


class Age(IntEnum):
    """Classes of orders by age; the value is the age in hours at which the class ends."""

    NEW = 3
    FRESH = 72
    RECENT = 7 * 24
    SETTLING = 60 * 24
    OLD = 10_000_000


@dataclass(frozen=True)
class Course:
    """The life of an order.

    The steps of every class in `weights` are over at the youngest age of the class. Only steps of old orders are
    refunds, returns or disputes, and these steps are older than the retention of events.
    """

    payment_method: PaymentMethod
    steps: Sequence[Step]
    weights: dict[Age, int]
    paid_after: int | None = None
    refunded: Literal["", "partly", "fully"] = ""
    refunded_after: int | None = None
    dispute: Literal["", "open", "won"] = ""
    disputed_after: int | None = None
    closed_after: int | None = None
    restocked: bool = False
    written_off: bool = False

    @property
    def end(self) -> Step:
        """The last step: the order is in its states."""
        return self.steps[-1]


_PLACED = Step("placed", "pending", "unpaid", "customer")
_CONFIRMED = Step("confirmed", "confirmed", "paid", "admin", 2 * _HOUR, "bank transfer")
_SHIPPED = Step("shipped", "shipped", "paid", "admin", 26 * _HOUR, "DHL")
_DELIVERED = Step("delivered", "delivered", "paid", "admin", 4 * _DAY)
_BY_TRANSFER = (_PLACED, _CONFIRMED, _SHIPPED, _DELIVERED)
_PLACED_CASH = Step("placed", "confirmed", "unpaid", "customer")
_SHIPPED_CASH = Step("shipped", "shipped", "unpaid", "admin", 20 * _HOUR, "DHL")
_DELIVERED_CASH = Step("delivered", "delivered", "paid", "admin", 3 * _DAY)
_DISPUTED_AFTER, _CLOSED_AFTER = 20 * _DAY, 35 * _DAY

COURSES: Sequence[Course] = (
    Course("card", (_PLACED,), {Age.NEW: 70, Age.FRESH: 3}),
    Course("card", (_PLACED, _CONFIRMED), {Age.FRESH: 40}, paid_after=_CONFIRMED.after),
    Course("card", (_PLACED, _CONFIRMED, _SHIPPED), {Age.RECENT: 60}, paid_after=_CONFIRMED.after),
    Course("card", _BY_TRANSFER, {Age.SETTLING: 66, Age.OLD: 600}, paid_after=_CONFIRMED.after),
    Course(
        "card",
        (*_BY_TRANSFER, Step("partially_refunded", "delivered", "partially_refunded", "admin", 12 * _DAY, "damaged")),
        {Age.OLD: 40},
        paid_after=_CONFIRMED.after,
        refunded="partly",
        refunded_after=12 * _DAY,
    ),
    Course(
        "card",
        (
            _PLACED,
            _CONFIRMED,
            Step("cancelled", "cancelled", "paid", "customer", 5 * _HOUR, "ordered twice"),
            Step("refunded", "cancelled", "refunded", "system", 6 * _HOUR, "ordered twice"),
        ),
        {Age.OLD: 40},
        paid_after=_CONFIRMED.after,
        refunded="fully",
        refunded_after=6 * _HOUR,
        restocked=True,
    ),
    Course(
        "card",
        (*_BY_TRANSFER, Step("disputed", "delivered", "paid", "system", _DISPUTED_AFTER)),
        {Age.OLD: 1},
        paid_after=_CONFIRMED.after,
        dispute="open",
        disputed_after=_DISPUTED_AFTER,
    ),
    Course(
        "card",
        (
            *_BY_TRANSFER,
            Step("disputed", "delivered", "paid", "system", _DISPUTED_AFTER),
            Step("dispute_won", "delivered", "paid", "system", _CLOSED_AFTER),
        ),
        {Age.OLD: 4},
        paid_after=_CONFIRMED.after,
        dispute="won",
        disputed_after=_DISPUTED_AFTER,
        closed_after=_CLOSED_AFTER,
    ),
    Course(
        "card",
        (_PLACED, Step("cancelled", "cancelled", "unpaid", "customer", _HOUR, "changed my mind")),
        {Age.FRESH: 5, Age.RECENT: 5, Age.SETTLING: 5, Age.OLD: 50},
        restocked=True,
    ),
    Course(
        "card",
        (_PLACED, Step("expired", "expired", "unpaid", "system", 1800, "not paid in time")),
        {Age.FRESH: 8, Age.RECENT: 8, Age.SETTLING: 8, Age.OLD: 80},
        restocked=True,
    ),
    Course("cash_on_delivery", (_PLACED_CASH,), {Age.NEW: 30, Age.FRESH: 20}),
    Course("cash_on_delivery", (_PLACED_CASH, _SHIPPED_CASH), {Age.RECENT: 20}),
    Course(
        "cash_on_delivery",
        (_PLACED_CASH, _SHIPPED_CASH, _DELIVERED_CASH),
        {Age.SETTLING: 20, Age.OLD: 170},
        paid_after=_DELIVERED_CASH.after,
    ),
    Course(
        "cash_on_delivery",
        (_PLACED_CASH, _SHIPPED_CASH, Step("returned", "returned", "unpaid", "admin", 8 * _DAY, "not collected")),
        {Age.OLD: 15},
        restocked=True,
        written_off=True,
    ),
)
