"""Money that people hand over: bank transfers that an admin confirms, and cash on delivery.

Nobody can be asked about it. A refund of it is the record that somebody has given it back.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NoReturn

from microshop.errors import InvalidWebhook, PaymentRefused
from microshop.payments.providers.port import (
    Intent,
    PaymentProvider,
    PaymentRequest,
    ProviderEvent,
    ProviderRefund,
    RefundRequest,
)


def connect(name: str) -> PaymentProvider:
    """The adapter for `offline` and `cash_on_delivery`."""
    return ByHand(name)


class ByHand:
    """Implements the port for money that no machine moves."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def publishable_key(self) -> str:
        """There is none."""
        return ""

    def start(self, _request: PaymentRequest) -> Intent:
        """Refused: it is recorded when it has happened."""
        self._refuse()

    def find(self, _reference: str) -> Intent:
        """Refused: nobody knows."""
        self._refuse()

    def find_attempt(self, _order_id: int, _attempt: int, _since: datetime) -> Intent | None:
        """None: nobody knows."""
        return None

    def cancel(self, _reference: str) -> Intent:
        """Refused: it has happened."""
        self._refuse()

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Given back, as whoever asks says."""
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
        """None but those in the ledger."""
        return []

    def intents(self, _since: datetime, _until: datetime) -> Iterator[Intent]:
        """None but those in the ledger."""
        return iter(())

    def refunds(self, _since: datetime, _until: datetime) -> Iterator[ProviderRefund]:
        """None but those in the ledger."""
        return iter(())

    def read_event(self, _body: bytes, _headers: Mapping[str, str]) -> ProviderEvent:
        """Refused: nobody sends any."""
        raise InvalidWebhook

    def _refuse(self) -> NoReturn:
        raise PaymentRefused("paid_by_hand", f"{self._name} is not a provider that can be asked")
