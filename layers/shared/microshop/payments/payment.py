"""The rules of payments and refunds: what they are made of, and which states they can be in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

# started     the provider was asked, or is about to be; the customer may pay
# unknown     the provider did not answer: whether it has acted is to be found out
# processing  the money is on its way, for days perhaps
# captured    the money of exactly this attempt is there
# mismatched  money is there, but not the amount or the currency of the order: somebody has to look
# stray       money is there for an attempt that had been given up while another took its place: it goes back
# abandoned   the order is over or paid otherwise; the provider is yet to be told
# cancelled   the provider has called it off: no money will come
# failed      the provider never had it, or refused it
type PaymentState = Literal[
    "started", "unknown", "processing", "captured", "mismatched", "stray", "abandoned", "cancelled", "failed"
]
type RefundState = Literal["requested", "pending", "succeeded", "failed"]
type RefundCause = Literal["requested", "cancelled", "late", "surplus", "found"]
type EntryKind = Literal[
    "started",
    "unknown",
    "processing",
    "declined",
    "captured",
    "mismatched",
    "stray",
    "abandoned",
    "cancelled",
    "failed",
    "reopened",
    "disputed",
    "dispute_closed",
    "refund_requested",
    "refund_unknown",
    "refund_pending",
    "refunded",
    "refund_failed",
]

PAYMENT_STATES: tuple[PaymentState, ...] = get_args(PaymentState.__value__)
REFUND_STATES: tuple[RefundState, ...] = get_args(RefundState.__value__)
ENTRY_KINDS: tuple[EntryKind, ...] = get_args(EntryKind.__value__)
# The attempts of which an order has one at most (payments_live in migrations/0018_create_payments.sql).
LIVE: frozenset[PaymentState] = frozenset({"started", "unknown", "processing", "captured", "mismatched"})
# Those that have brought money; nothing that is said of the attempt later changes that.
HOLDING_MONEY: frozenset[PaymentState] = frozenset({"captured", "mismatched", "stray"})
# Why there is a refund that the shop has not asked for.
FOUND = "made at the provider, not by the shop"


@dataclass(frozen=True)
class Payment:
    """An attempt to be paid for an order.

    `refunded_minor` is what of `captured_minor` went back or is promised to; `next_check_at` is when the provider is to
    be asked about it.
    """

    id: int
    order_id: int
    attempt: int
    provider: str
    reference: str | None
    state: PaymentState
    amount_minor: int
    currency: str
    captured_minor: int
    refunded_minor: int
    checks: int
    next_check_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def left_minor(self) -> int:
        """What can still be refunded."""
        return self.captured_minor - self.refunded_minor

    @property
    def idempotency_key(self) -> str:
        """What the provider knows the attempt by, before it has given it a reference."""
        return f"order-{self.order_id}-attempt-{self.attempt}"


@dataclass(frozen=True)
class RestockLine:
    """Units of a product that go back to stock with a refund."""

    product_id: int
    quantity: int


@dataclass(frozen=True)
class Refund:
    """Money that goes back to a customer. `number` counts an order's refunds; the shop itself has no `requested_by`."""

    id: int
    payment_id: int
    order_id: int
    number: int
    state: RefundState
    amount_minor: int
    currency: str
    cause: RefundCause
    reason: str | None
    reference: str | None
    failure: str | None
    requested_by: int | None
    checks: int
    next_check_at: datetime | None
    created_at: datetime
    updated_at: datetime
    restock: tuple[RestockLine, ...] = ()

    @property
    def idempotency_key(self) -> str:
        """What the provider knows the refund by, before it has given it a reference."""
        return f"order-{self.order_id}-refund-{self.number}"


@dataclass(frozen=True)
class Entry:
    """A line of the ledger; `refund_id` is 0 where it is about the payment itself."""

    payment_id: int
    refund_id: int
    kind: EntryKind
    amount_minor: int
    currency: str
    reference: str
    reason: str | None
    created_at: datetime
