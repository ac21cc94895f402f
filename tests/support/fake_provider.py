"""A payment provider in memory, idempotent by key. Tests play its customers and banks, and make its calls fail."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from microshop.errors import InvalidWebhook, PaymentOutcomeUnknown, PaymentRefused
from microshop.payments.providers.port import (
    Intent,
    PaymentRequest,
    ProviderDispute,
    ProviderEvent,
    ProviderRefund,
    RefundRequest,
)
from microshop.payments.providers.stripe_currencies import limits
from tests.support.provider_actions import ProviderActions

type Call = Literal["start", "find", "cancel", "refund", "refunds_of", "intents", "refunds", "disputes"]


@dataclass
class _Failure:
    call: Call
    error: Exception
    acted: bool


class FakeProvider(ProviderActions):
    """The port of a provider on this state. Records all `calls`."""

    publishable_key = "pk_fake"

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Call, str]] = []
        self._by_key: dict[str, tuple[PaymentRequest | RefundRequest, str]] = {}
        self._failures: list[_Failure] = []

    def fail(self, call: Call, error: Exception, *, acted: bool = False) -> None:
        """Make the next such call raise `error`, before or after it `acted`. Each call of `fail` is for one call."""
        self._failures.append(_Failure(call, error, acted))

    def start(self, request: PaymentRequest) -> Intent:
        """Start an attempt, once per key."""
        with self._call("start", request.idempotency_key):
            if (known := self._earlier_reference(request.idempotency_key, request)) is not None:
                return self.known_intents[known]
            _check_charge(request)
            number = next(self._numbers)
            intent = Intent(
                reference=f"pi_{number}",
                status="open",
                amount_minor=request.amount_minor,
                captured_minor=0,
                currency=request.currency,
                created_at=self._time(),
                order_id=request.order_id,
                attempt=request.attempt,
                client_secret=f"pi_{number}_secret",
            )
            self._by_key[request.idempotency_key] = (request, intent.reference)
            return self._keep(intent)

    def find(self, reference: str) -> Intent:
        """The attempt."""
        with self._call("find", reference):
            return self._known(reference)

    def cancel(self, reference: str) -> Intent:
        """Cancel an open attempt. Returns it."""
        with self._call("cancel", reference):
            intent = self._known(reference)
            return self._set_status(reference, "cancelled") if intent.status == "open" else intent

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Make a refund, once per key."""
        with self._call("refund", request.idempotency_key):
            if (known := self._earlier_reference(request.idempotency_key, request)) is not None:
                return self.known_refunds[known]
            intent = self._known(request.intent_reference)
            if request.currency != intent.currency or request.amount_minor > self._left(intent):
                raise PaymentRefused("charge_already_refunded", "More than is left.")
            _check_step(request)
            if request.amount_minor > self._left(intent) - self._charged_back(intent.reference):
                raise PaymentRefused("charge_disputed", "It was charged back.")
            made = self._add_refund(intent.reference, request.amount_minor, request.currency, request.number)
            self._by_key[request.idempotency_key] = (request, made.reference)
            return made

    def refunds_of(self, reference: str) -> list[ProviderRefund]:
        """All refunds of an attempt."""
        with self._call("refunds_of", reference):
            self._known(reference)
            return [refund for refund in self.known_refunds.values() if refund.intent_reference == reference]

    @property
    def total_refunded_minor(self) -> int:
        """The amount that the provider has refunded or will refund."""
        return sum(each.amount_minor for each in self.known_refunds.values() if each.status != "failed")

    def intents(self, since: datetime, until: datetime) -> Iterator[Intent]:
        """All attempts that were started in this time."""
        with self._call("intents", since.isoformat()):
            return iter([intent for intent in self.known_intents.values() if since <= intent.created_at < until])

    def refunds(self, since: datetime, until: datetime) -> Iterator[ProviderRefund]:
        """All refunds that were made in this time."""
        with self._call("refunds", since.isoformat()):
            return iter([refund for refund in self.known_refunds.values() if since <= refund.created_at < until])

    def disputes(self, since: datetime, until: datetime) -> Iterator[ProviderDispute]:
        """All disputes that were opened in this time."""
        with self._call("disputes", since.isoformat()):
            return iter([each for each in self.known_disputes.values() if since <= each.opened_at < until])

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:  # noqa: ARG002 - the port has them
        """Refuse every webhook: tests pass events to the shop without HTTP."""
        raise InvalidWebhook("The fake signs no webhooks.")

    def _call(self, call: Call, about: str) -> "_Call":
        self.calls.append((call, about))
        failure = next((each for each in self._failures if each.call == call), None)
        if failure:
            self._failures.remove(failure)
        if failure and not failure.acted:
            raise failure.error
        return _Call(self._lock, failure.error if failure else None)

    def _known(self, reference: str) -> Intent:
        if reference not in self.known_intents:
            raise PaymentRefused("resource_missing", f"No such payment_intent: {reference}")
        return self.known_intents[reference]

    def _earlier_reference(self, key: str, request: PaymentRequest | RefundRequest) -> str | None:
        if key not in self._by_key:
            return None
        before, reference = self._by_key[key]
        if before != request:
            raise PaymentOutcomeUnknown("IdempotencyError")
        return reference

    def _left(self, intent: Intent) -> int:
        refunds = [each for each in self.known_refunds.values() if each.intent_reference == intent.reference]
        return intent.captured_minor - sum(each.amount_minor for each in refunds if each.status != "failed")

    def _charged_back(self, reference: str) -> int:
        disputes = self.disputes_of(reference)
        return sum(each.amount_minor for each in disputes if each.status in ("open", "lost"))


def _check_charge(request: PaymentRequest) -> None:
    """Refuse an amount that is too low, too high or too fine, as Stripe does."""
    known = limits(request.currency)
    if request.amount_minor < known.minimum_minor:
        raise PaymentRefused("amount_too_small", "It is too small.")
    if request.amount_minor > known.maximum_minor:
        raise PaymentRefused("amount_too_large", "It is too large.")
    _check_step(request)


def _check_step(request: PaymentRequest | RefundRequest) -> None:
    if request.amount_minor % limits(request.currency).step_minor:
        raise PaymentRefused("parameter_invalid_integer", "It has too many digits.")


class _Call:
    """Serializes calls, and raises an error instead of the answer if it is to be lost."""

    def __init__(self, lock: threading.RLock, lost: Exception | None) -> None:
        self._lock = lock
        self._lost = lost

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._lock.release()
        if self._lost is not None and error is None:
            raise self._lost
