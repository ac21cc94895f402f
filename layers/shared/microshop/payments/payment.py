"""The rules of payments and refunds: their fields, and their states."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from microshop.errors import FieldProblem, InvalidInput
from microshop.money import to_minor
from microshop.orders.dispute_status import DisputeStatus

# started     begun at the provider, or about to be; the customer may pay
# unknown     the provider did not answer: it may have acted
# processing  the money is on its way, which may take days
# captured    the money has arrived, in the amount and currency of the order
# mismatched  money has arrived in another amount or currency: a person must decide
# stray       money has arrived for an order that was paid otherwise or expects none: it is refunded
# abandoned   the order is over or paid otherwise; still to be cancelled at the provider
# cancelled   the provider has cancelled it: no money will come
# failed      the provider never had it, or refused it
type PaymentState = Literal[
    "started", "unknown", "processing", "captured", "mismatched", "stray", "abandoned", "cancelled", "failed"
]
type ProviderName = Literal["stripe", "offline", "cash_on_delivery", "free"]
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
    "dispute_withdrawn",
    "dispute_reinstated",
    "dispute_fee",
    "dispute_fee_returned",
    "refund_requested",
    "refund_unknown",
    "refund_pending",
    "refunded",
    "refund_failed",
]

PAYMENT_STATES: tuple[PaymentState, ...] = get_args(PaymentState.__value__)
REFUND_STATES: tuple[RefundState, ...] = get_args(RefundState.__value__)
ENTRY_KINDS: tuple[EntryKind, ...] = get_args(EntryKind.__value__)
# An order has at most one attempt in these states (payments_live in migrations/0018_create_payments.sql).
LIVE: frozenset[PaymentState] = frozenset({"started", "unknown", "processing", "captured", "mismatched"})
# The money has arrived; no later update of the attempt changes that.
HOLDING_MONEY: frozenset[PaymentState] = frozenset({"captured", "mismatched", "stray"})
# The reason of a refund that the shop has not requested.
FOUND = "made at the provider, not by the shop"


@dataclass(frozen=True)
class Payment:
    """An attempt to pay an order.

    `refunded_minor` is the part of `captured_minor` that is refunded or reserved for a refund; `withheld_minor` is the
    sum that disputes withhold, which may be more than is left. `next_check_at` is when the provider is asked about it.
    An attempt without a `reference` is searched for in the provider's list, which is done up to `searched_until`.
    """

    id: int
    order_id: int
    attempt: int
    provider: ProviderName
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
    dispute_status: DisputeStatus | None = None
    searched_until: datetime | None = None
    withheld_minor: int = 0

    @property
    def left_minor(self) -> int:
        """The amount that is neither refunded nor reserved for a refund."""
        return self.captured_minor - self.refunded_minor

    @property
    def refundable_minor(self) -> int:
        """The amount that can still be refunded: what is left and no dispute withholds."""
        return max(0, self.left_minor - self.withheld_minor)

    @property
    def is_overdrawn(self) -> bool:
        """Whether disputes withhold money that is refunded or reserved already: a reserved refund may have to wait."""
        return self.withheld_minor > self.left_minor

    @property
    def idempotency_key(self) -> str:
        """The idempotency key of the request that begins the attempt."""
        return f"order-{self.order_id}-attempt-{self.attempt}"


@dataclass(frozen=True)
class RestockLine:
    """Units of a product that a refund restocks."""

    product_id: int
    quantity: int


@dataclass(frozen=True)
class Refund:
    """A refund. `number` counts the refunds of an order; `requested_by` is None if the shop itself refunds."""

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
        """The idempotency key of the request that makes the refund."""
        return f"order-{self.order_id}-refund-{self.number}"


@dataclass(frozen=True)
class RefundOrder:
    """A refund that an admin requests. The amount is a decimal; None refunds all that is left."""

    amount: str | None
    reason: str | None
    restock: Sequence[RestockLine] = ()

    def amount_minor(self, currency: str) -> int | None:
        """Return the amount in the minor unit of the payment's currency, which may differ from the shop's.

        Raises:
            InvalidInput: it has more decimals than the currency.
        """
        if self.amount is None:
            return None
        try:
            return to_minor(self.amount, currency)
        except ValueError as error:
            raise InvalidInput(FieldProblem("amount", str(error))) from None


@dataclass(frozen=True)
class Entry:
    """An entry of the ledger; `refund_id` is 0 if it is about the payment itself."""

    id: int
    payment_id: int
    refund_id: int
    kind: EntryKind
    amount_minor: int
    currency: str
    reference: str
    reason: str | None
    created_at: datetime
