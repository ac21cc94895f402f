"""A payment provider that keeps its state in a file, so that it survives the calling process."""

import itertools
import pickle
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from microshop.orders.dispute_status import DisputeStatus
from microshop.payments.providers.port import Intent, PaymentRequest, ProviderDispute, ProviderRefund, RefundRequest
from tests.support.fake_provider import FakeProvider


class FileProvider(FakeProvider):
    """Serves one process at a time."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def pay(self, reference: str, *, minor: int | None = None, currency: str | None = None) -> Intent:
        """The customer pays."""
        self._load()
        return self._saved(super().pay(reference, minor=minor, currency=currency))

    def settle_refund(self, reference: str) -> ProviderRefund:
        """The bank accepts the refund."""
        self._load()
        return self._saved(super().settle_refund(reference))

    def dispute(self, reference: str, status: DisputeStatus = "open", minor: int | None = None) -> ProviderDispute:
        """The customer's bank disputes a payment."""
        self._load()
        return self._saved(super().dispute(reference, status, minor))

    def update_dispute(self, reference: str, status: DisputeStatus) -> ProviderDispute:
        """Change the status of a dispute."""
        return self._saved(super().update_dispute(reference, status))

    def start(self, request: PaymentRequest) -> Intent:
        """Start an attempt."""
        self._load()
        return self._saved(super().start(request))

    def find(self, reference: str) -> Intent:
        """The attempt."""
        self._load()
        return super().find(reference)

    def intents(self, since: datetime, until: datetime) -> Iterator[Intent]:
        """All attempts of a time."""
        self._load()
        return super().intents(since, until)

    def cancel(self, reference: str) -> Intent:
        """Cancel an attempt."""
        self._load()
        return self._saved(super().cancel(reference))

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Make a refund."""
        self._load()
        return self._saved(super().refund(request))

    def refunds_of(self, reference: str) -> list[ProviderRefund]:
        """All refunds of an attempt."""
        self._load()
        return super().refunds_of(reference)

    def _load(self) -> None:
        if self._path.exists():
            books = pickle.loads(self._path.read_bytes())  # noqa: S301 - the test itself has written it
            self.known_intents, self.known_refunds, self.known_disputes, self._by_key = books
            known = len(self.known_intents) + len(self.known_refunds) + len(self.known_disputes)
            self._numbers = itertools.count(known + 1)

    def save(self) -> None:
        """Write the state, also after a call whose answer was lost."""
        self._path.write_bytes(
            pickle.dumps((self.known_intents, self.known_refunds, self.known_disputes, self._by_key))
        )

    def _saved[Result](self, result: Result) -> Result:
        self.save()
        return result
