"""Manual payments: bank transfers that an admin confirms, cash on delivery, and payments of 0.

There is no provider to call. A refund records that a person has returned the money. The payment of an order with
nothing to pay is `free`; its refunds have the amount 0 and restock units.
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
    return ManualProvider(name)


class ManualProvider:
    """Implements the provider port for payments that people make and refund."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def publishable_key(self) -> str:
        """Returns an empty string, because there is no key."""
        return ""

    def start(self, _request: PaymentRequest) -> Intent:
        """Raises PaymentRefused: an admin records the payment after it was made."""
        self._refuse()

    def find(self, _reference: str) -> Intent:
        """Raises PaymentRefused: there is no provider to call."""
        self._refuse()

    def cancel(self, _reference: str) -> Intent:
        """Raises PaymentRefused: the payment was made."""
        self._refuse()

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Returns a succeeded refund: the admin who requests it has returned the money."""
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
        """Returns none, because only the ledger records them."""
        return []

    def intents(self, _since: datetime, _until: datetime) -> Iterator[Intent]:
        """Returns none, because only the ledger records them."""
        return iter(())

    def refunds(self, _since: datetime, _until: datetime) -> Iterator[ProviderRefund]:
        """Returns none, because only the ledger records them."""
        return iter(())

    def disputes(self, _since: datetime, _until: datetime) -> Iterator[ProviderDispute]:
        """Returns none, because no provider handles these payments."""
        return iter(())

    def read_event(self, _body: bytes, _headers: Mapping[str, str]) -> ProviderEvent:
        """Raises InvalidWebhook: no provider sends webhooks."""
        raise InvalidWebhook

    def _refuse(self) -> NoReturn:
        raise PaymentRefused("paid_by_hand", f"{self._name} has no provider to call")
