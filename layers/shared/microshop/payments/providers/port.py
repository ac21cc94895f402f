"""The port to payment providers: requests to a provider and updates from it. Each adapter is a module here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal, Protocol

from microshop.values import Value

if TYPE_CHECKING:
    from datetime import datetime

    from microshop.orders.dispute_status import DisputeStatus

# open: the customer may pay, or retry after a decline.
type IntentStatus = Literal["open", "processing", "captured", "cancelled"]
type RefundStatus = Literal["pending", "succeeded", "failed"]


class Decline(Value):
    """A declined charge: its reference and code at the provider, and a message for admins."""

    reference: str
    code: str
    message: str


class Intent(Value):
    """A payment attempt in its state at the provider.

    Amounts are in the minor unit of `currency`. An intent that this shop did not create, such as that of an invoice or
    of another stage on the same account, is `foreign`, even if it names an order. A front end pays with
    `client_secret`, which only the customer may see.
    """

    reference: str
    status: IntentStatus
    amount_minor: int
    captured_minor: int
    currency: str
    created_at: datetime
    order_id: int | None = None
    attempt: int | None = None
    client_secret: str | None = None
    decline: Decline | None = None
    foreign: bool = False


class ProviderRefund(Value):
    """A refund in its state at the provider; `number` is None if the shop did not request the refund.

    A `foreign` refund belongs to another shop on the same account.
    """

    reference: str
    intent_reference: str | None
    status: RefundStatus
    amount_minor: int
    currency: str
    created_at: datetime
    number: int | None = None
    failure: str | None = None
    foreign: bool = False


class FundsMovement(Value):
    """Funds that a dispute withdrew from the shop (negative) or reinstated, and the fee of that movement.

    Amounts are in the minor unit of `currency`, the currency of the shop's account, which may differ from the
    payment's. A negative fee was returned.
    """

    reference: str
    amount_minor: int
    fee_minor: int
    currency: str


class ProviderDispute(Value):
    """A dispute in its state at the provider at `as_of`, by the provider's clock."""

    reference: str
    intent_reference: str | None
    status: DisputeStatus
    amount_minor: int
    currency: str
    reason: str
    opened_at: datetime
    as_of: datetime
    respond_by: datetime | None = None
    movements: tuple[FundsMovement, ...] = ()


type Update = Intent | ProviderRefund | ProviderDispute


class UnusableEvent(Exception):
    """A signed webhook event whose content cannot be applied because of `problem`. A retry would not help."""

    def __init__(self, event_id: str, event_type: str, problem: str) -> None:
        super().__init__(problem)
        self.event_id = event_id
        self.event_type = event_type
        self.problem = problem


class ProviderEvent(Value):
    """A webhook event; `update` is None for types that the shop does not use."""

    id: str
    type: str
    update: Update | None


class PaymentRequest(Value):
    """A request to start an attempt. `order_number` is the number by which the customer knows the order."""

    order_id: int
    order_number: str
    attempt: int
    amount_minor: int
    currency: str
    idempotency_key: str


class RefundRequest(Value):
    """A request to refund the payment with the reference `intent_reference`."""

    order_id: int
    number: int
    intent_reference: str
    amount_minor: int
    currency: str
    idempotency_key: str


class PaymentProvider(Protocol):
    """Captures and refunds payments.

    Raises, from every method that calls the provider:
        PaymentOutcomeUnknown: there is no usable answer, and the provider may have acted.
        PaymentRefused: the provider refuses the request.
        Unavailable: the provider has not acted, because it is unreachable, busy or limits the request rate.
    """

    @property
    def publishable_key(self) -> str:
        """The key with which a front end loads the provider's payment form; not a secret."""
        ...

    def start(self, request: PaymentRequest) -> Intent:
        """Start an attempt. Returns it; the same idempotency key returns the same attempt."""
        ...

    def find(self, reference: str) -> Intent:
        """Returns the current state of an attempt."""
        ...

    def cancel(self, reference: str) -> Intent:
        """Cancel an attempt if that is still possible. Returns its current state."""
        ...

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Refund a payment. Returns the refund; the same idempotency key returns the same refund."""
        ...

    def refunds_of(self, reference: str) -> list[ProviderRefund]:
        """Returns all refunds of an attempt."""
        ...

    def intents(self, since: datetime, until: datetime) -> Iterator[Intent]:
        """Yields all attempts that were started between the two times; reads page by page."""
        ...

    def refunds(self, since: datetime, until: datetime) -> Iterator[ProviderRefund]:
        """Yields all refunds that were made between the two times; reads page by page."""
        ...

    def disputes(self, since: datetime, until: datetime) -> Iterator[ProviderDispute]:
        """Yields all disputes that were opened between the two times; reads page by page."""
        ...

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """Returns the event of a webhook; header names are in lower case.

        Raises:
            InvalidWebhook: the signature is wrong or too old, or the body is not an event.
            UnusableEvent: the event's content cannot be applied.
        """
        ...


type FindProvider = Callable[[str], PaymentProvider]
