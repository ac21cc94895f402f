"""The fields, states and amounts of payments and refunds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

from microshop.errors import FieldProblem, InvalidInput
from microshop.money import to_minor
from microshop.orders.dispute_status import DisputeStatus
from microshop.values import Value

# started     the provider has it or will get it now; the customer may pay
# unknown     the provider did not answer: it may have acted
# processing  the provider is collecting the money, which may take days
# captured    the money has arrived, in the amount and currency of the order
# mismatched  money has arrived in another amount or currency: an operator must decide
# stray       money has arrived, but another payment has paid the order or it expects none: refunded
# abandoned   the order has ended or another payment has paid it; must be cancelled at the provider
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
LIVE_STATES: frozenset[PaymentState] = frozenset({"started", "unknown", "processing", "captured", "mismatched"})
# The money has arrived. Later updates of the attempt change nothing.
CAPTURED_STATES: frozenset[PaymentState] = frozenset({"captured", "mismatched", "stray"})
# The reason recorded for a refund that the shop did not request.
EXTERNAL_REFUND_REASON = "made at the provider, not by the shop"


class Payment(Value):
    """An attempt to pay an order.

    `refunded_minor` is the part of `captured_minor` that is refunded or reserved for a refund. `withheld_minor` is the
    amount that disputes withhold; it may exceed `left_minor`. The resolver checks the attempt at the provider at
    `next_check_at`, by its `reference`. If it has none, the resolver searches the provider's list; `searched_until` is
    how far that search has come.
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
        """The amount that can be refunded now: the rest that no dispute withholds."""
        return max(0, self.left_minor - self.withheld_minor)

    @property
    def is_overdrawn(self) -> bool:
        """Whether disputes withhold money that is refunded or reserved already, so that a requested refund may wait."""
        return self.withheld_minor > self.left_minor

    @property
    def idempotency_key(self) -> str:
        """The idempotency key of the request that starts the attempt."""
        return f"order-{self.order_id}-attempt-{self.attempt}"


class RestockLine(Value):
    """Units of a product that a refund restocks."""

    product_id: int
    quantity: int


class Refund(Value):
    """A refund. `number` counts the refunds of an order; `requested_by` is the admin, or None for the shop itself."""

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
        """The idempotency key of the refund request to the provider."""
        return f"order-{self.order_id}-refund-{self.number}"


class RequestedRefund(Value):
    """A refund that an admin requests. `amount` is a decimal; None refunds the rest."""

    amount: str | None
    reason: str | None
    restock: Sequence[RestockLine] = ()

    def amount_minor(self, currency: str) -> int | None:
        """Returns the amount in the minor unit of the payment's currency, which may differ from the shop's.

        Raises:
            InvalidInput: the amount has more decimals than the currency.
        """
        if self.amount is None:
            return None
        try:
            return to_minor(self.amount, currency)
        except ValueError as error:
            raise InvalidInput(FieldProblem("amount", str(error))) from None


class Entry(Value):
    """A ledger entry; `refund_id` is 0 if the entry is about the payment itself."""

    id: int
    payment_id: int
    refund_id: int
    kind: EntryKind
    amount_minor: int
    currency: str
    reference: str
    reason: str | None
    created_at: datetime
