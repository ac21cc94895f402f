"""The port to payment providers: what the shop asks of one, and what one tells. Each is a module of `providers`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

# open: the customer may pay, or try again after a decline.
type IntentStatus = Literal["open", "processing", "captured", "cancelled"]
type RefundStatus = Literal["pending", "succeeded", "failed"]


@dataclass(frozen=True)
class Decline:
    """A charge that was declined: the provider's name of it, its code, and the code in raw with its words."""

    reference: str
    code: str
    words: str


@dataclass(frozen=True)
class Intent:
    """An attempt to pay as the provider knows it.

    `captured_minor` is in the minor unit of `currency`. Order and attempt are None where the provider was not told them
    by the shop. `client_secret` lets a front end pay it, and is for the customer alone.
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


@dataclass(frozen=True)
class ProviderRefund:
    """A refund as the provider knows it; `number` is None where the shop did not ask for it."""

    reference: str
    intent_reference: str | None
    status: RefundStatus
    amount_minor: int
    currency: str
    created_at: datetime
    number: int | None = None
    failure: str | None = None


@dataclass(frozen=True)
class Dispute:
    """A customer's objection at the bank. `closed` tells how it ended."""

    reference: str
    intent_reference: str | None
    amount_minor: int
    currency: str
    reason: str
    closed: str | None = None


@dataclass(frozen=True)
class ProviderEvent:
    """What a webhook tells; `about` is None for types that the shop does not use."""

    id: str
    type: str
    about: Intent | ProviderRefund | Dispute | None


@dataclass(frozen=True)
class PaymentRequest:
    """An attempt to be begun. `reference` is what the customer reads, such as the order's number."""

    order_id: int
    order_number: str
    attempt: int
    amount_minor: int
    currency: str
    idempotency_key: str


@dataclass(frozen=True)
class RefundRequest:
    """A refund to be made of a payment that the provider knows as `intent_reference`."""

    order_id: int
    number: int
    intent_reference: str
    amount_minor: int
    currency: str
    idempotency_key: str


class PaymentProvider(Protocol):
    """Takes and gives back money.

    Raises, from every method that asks the provider:
        PaymentUnsure: it did not answer: whether it has acted is unknown.
        PaymentRefused: it says no.
        Unavailable: it has not acted: it could not be reached, or is asked too often.
    """

    @property
    def publishable_key(self) -> str:
        """What a front end uses the provider with."""
        ...

    def start(self, request: PaymentRequest) -> Intent:
        """Begin an attempt; with the same key, the attempt that was begun."""
        ...

    def find(self, reference: str) -> Intent:
        """What became of it."""
        ...

    def find_attempt(self, order_id: int, attempt: int, since: datetime) -> Intent | None:
        """The attempt as the shop numbers it, if the provider has it since then."""
        ...

    def cancel(self, reference: str) -> Intent:
        """Call it off if that is still possible; what became of it."""
        ...

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Give money back; with the same key, the refund that was made."""
        ...

    def refunds_of(self, reference: str) -> list[ProviderRefund]:
        """All refunds of an attempt."""
        ...

    def intents(self, since: datetime, until: datetime) -> Iterator[Intent]:
        """All attempts that were begun then."""
        ...

    def refunds(self, since: datetime, until: datetime) -> Iterator[ProviderRefund]:
        """All refunds that were made then."""
        ...

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """A webhook's event; header names are in lower case.

        Raises:
            InvalidWebhook: its signature is wrong or too old, or it is no event.
        """
        ...


type FindProvider = Callable[[str], PaymentProvider]
