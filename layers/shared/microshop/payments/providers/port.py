"""The port to payment providers: requests to a provider, and its updates. Each adapter is a module of this package."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from microshop.orders.dispute_status import DisputeStatus

# open: the customer may pay, or try again after a decline.
type IntentStatus = Literal["open", "processing", "captured", "cancelled"]
type RefundStatus = Literal["pending", "succeeded", "failed"]


@dataclass(frozen=True)
class Decline:
    """A declined charge: the provider's reference and code of it, and its code and message for admins."""

    reference: str
    code: str
    message: str


@dataclass(frozen=True)
class Intent:
    """An attempt to pay, as the provider has it.

    `captured_minor` is in the minor unit of `currency`. An intent that another made on the same account, such as an
    invoice or another stage, is `foreign`, whatever order it names. `client_secret` lets a front end pay it, and is for
    the customer alone.
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


@dataclass(frozen=True)
class ProviderRefund:
    """A refund in the provider's state; `number` is None if the shop did not request it.

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


@dataclass(frozen=True)
class FundsMovement:
    """Funds that a dispute withdrew from the shop (negative) or reinstated, and the fee of that movement.

    Amounts are in the minor unit of `currency`, which is that of the shop's account and may differ from the payment's.
    A negative fee was returned.
    """

    reference: str
    amount_minor: int
    fee_minor: int
    currency: str


@dataclass(frozen=True)
class ProviderDispute:
    """A dispute in the provider's state at `as_of`, by the provider's clock."""

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
    """A signed webhook event whose content cannot be applied, because of `problem`. A repetition would not help."""

    def __init__(self, event_id: str, event_type: str, problem: str) -> None:
        super().__init__(problem)
        self.event_id = event_id
        self.event_type = event_type
        self.problem = problem


@dataclass(frozen=True)
class ProviderEvent:
    """A webhook event; `update` is None for types that the shop does not use."""

    id: str
    type: str
    update: Update | None


@dataclass(frozen=True)
class PaymentRequest:
    """An attempt to begin. The order's number is shown to the customer."""

    order_id: int
    order_number: str
    attempt: int
    amount_minor: int
    currency: str
    idempotency_key: str


@dataclass(frozen=True)
class RefundRequest:
    """A refund to make, of the payment that has the reference `intent_reference` at the provider."""

    order_id: int
    number: int
    intent_reference: str
    amount_minor: int
    currency: str
    idempotency_key: str


class PaymentProvider(Protocol):
    """Captures and refunds payments.

    Raises, from every method that calls the provider:
        PaymentOutcomeUnknown: no usable answer; the provider may have acted.
        PaymentRefused: the provider refuses the request.
        Unavailable: the provider has not acted: it is unreachable, or limits the rate.
    """

    @property
    def publishable_key(self) -> str:
        """The key of the provider's form in a front end; no secret."""
        ...

    def start(self, request: PaymentRequest) -> Intent:
        """Begin an attempt. With the same key, returns the attempt that was begun."""
        ...

    def find(self, reference: str) -> Intent:
        """Returns the current state of an attempt."""
        ...

    def cancel(self, reference: str) -> Intent:
        """Cancel an attempt if that is still possible. Returns its current state."""
        ...

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Refund a payment. With the same key, returns the refund that was made."""
        ...

    def refunds_of(self, reference: str) -> list[ProviderRefund]:
        """Returns all refunds of an attempt."""
        ...

    def intents(self, since: datetime, until: datetime) -> Iterator[Intent]:
        """Returns all attempts that were begun between the two times, page by page."""
        ...

    def refunds(self, since: datetime, until: datetime) -> Iterator[ProviderRefund]:
        """Returns all refunds that were made between the two times."""
        ...

    def disputes(self, since: datetime, until: datetime) -> Iterator[ProviderDispute]:
        """Returns all disputes that were opened between the two times."""
        ...

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """Returns the event of a webhook; header names are in lower case.

        Raises:
            InvalidWebhook: the signature is wrong or too old, or the body is no event.
            UnusableEvent: the event's content makes no sense.
        """
        ...


type FindProvider = Callable[[str], PaymentProvider]
