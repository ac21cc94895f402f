"""Money that people hand over: bank transfers that an admin confirms, cash on delivery, and nothing at all.

There is no provider to ask. A refund records that a person has returned the money. The payment of an order with nothing
to pay is `free`; its refunds are of 0 and return units to stock.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NoReturn

from microshop.errors import InvalidWebhook, PaymentRefused
from microshop.payments.providers.port import (
    Intent,
    PaymentProvider,
    PaymentRequest,
    ProviderDispute,
    ProviderEvent,
    ProviderRefund,
    RefundRequest,
)


def connect(name: str) -> PaymentProvider:
    """Returns the adapter for `offline`, `cash_on_delivery` and `free`."""
    return ByHand(name)


class ByHand:
    """Implements the port for money that no machine moves."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def publishable_key(self) -> str:
        """Returns an empty key: there is none."""
        return ""

    def start(self, _request: PaymentRequest) -> Intent:
        """Refused: an admin records the payment once it has happened."""
        self._refuse()

    def find(self, _reference: str) -> Intent:
        """Refused: there is no provider to ask."""
        self._refuse()

    def cancel(self, _reference: str) -> Intent:
        """Refused: the payment has happened."""
        self._refuse()

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Returns a refund that has succeeded: the admin who requests it has returned the money."""
        return ProviderRefund(
            reference=request.idempotency_key,
            intent_reference=request.intent_reference,
            status="succeeded",
            amount_minor=request.amount_minor,
            currency=request.currency,
            created_at=datetime.now(UTC),
            number=request.number,
        )

    def refunds_of(self, _reference: str) -> list[ProviderRefund]:
        """Returns none: only the ledger has them."""
        return []

    def intents(self, _since: datetime, _until: datetime) -> Iterator[Intent]:
        """Returns none: only the ledger has them."""
        return iter(())

    def refunds(self, _since: datetime, _until: datetime) -> Iterator[ProviderRefund]:
        """Returns none: only the ledger has them."""
        return iter(())

    def disputes(self, _since: datetime, _until: datetime) -> Iterator[ProviderDispute]:
        """Returns none, because no provider handles these payments."""
        return iter(())

    def read_event(self, _body: bytes, _headers: Mapping[str, str]) -> ProviderEvent:
        """Refused: no provider sends webhooks."""
        raise InvalidWebhook

    def _refuse(self) -> NoReturn:
        raise PaymentRefused("paid_by_hand", f"{self._name} is not a provider that can be asked")
