"""A payment provider whose books are a file: what it has done outlives the process that asked it."""

import itertools
import pickle
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from microshop.orders.dispute_status import DisputeStatus
from microshop.payments.providers.port import Intent, PaymentRequest, ProviderDispute, ProviderRefund, RefundRequest
from tests.support.fake_provider import FakeProvider


class KeptProvider(FakeProvider):
    """One process asks at a time."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def pay(self, reference: str, *, minor: int | None = None, currency: str | None = None) -> Intent:
        """The customer has paid."""
        self._read()
        return self._kept(super().pay(reference, minor=minor, currency=currency))

    def settle_refund(self, reference: str) -> ProviderRefund:
        """The bank has taken the refund."""
        self._read()
        return self._kept(super().settle_refund(reference))

    def dispute(self, reference: str, status: DisputeStatus = "open", minor: int | None = None) -> ProviderDispute:
        """The customer's bank disputes a payment."""
        self._read()
        return self._kept(super().dispute(reference, status, minor))

    def dispute_becomes(self, reference: str, status: DisputeStatus) -> ProviderDispute:
        """A dispute goes on."""
        return self._kept(super().dispute_becomes(reference, status))

    def start(self, request: PaymentRequest) -> Intent:
        """Begin an attempt."""
        self._read()
        return self._kept(super().start(request))

    def find(self, reference: str) -> Intent:
        """What became of it."""
        self._read()
        return super().find(reference)

    def intents(self, since: datetime, until: datetime) -> Iterator[Intent]:
        """All attempts of a time."""
        self._read()
        return super().intents(since, until)

    def cancel(self, reference: str) -> Intent:
        """Call it off."""
        self._read()
        return self._kept(super().cancel(reference))

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Give money back."""
        self._read()
        return self._kept(super().refund(request))

    def refunds_of(self, reference: str) -> list[ProviderRefund]:
        """All refunds of an attempt."""
        self._read()
        return super().refunds_of(reference)

    def _read(self) -> None:
        if self._path.exists():
            books = pickle.loads(self._path.read_bytes())  # noqa: S301 - the test itself has written it
            self.known_intents, self.known_refunds, self.known_disputes, self._by_key = books
            known = len(self.known_intents) + len(self.known_refunds) + len(self.known_disputes)
            self._numbers = itertools.count(known + 1)

    def keep(self) -> None:
        """Write what was done but never answered."""
        self._path.write_bytes(
            pickle.dumps((self.known_intents, self.known_refunds, self.known_disputes, self._by_key))
        )

    def _kept[Told](self, told: Told) -> Told:
        self.keep()
        return told
