"""A payment provider in memory, idempotent by key. Tests play its customers and banks, and make its calls fail."""

import itertools
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from microshop.errors import InvalidWebhook, PaymentOutcomeUnknown, PaymentRefused
from microshop.orders.dispute_status import DisputeStatus
from microshop.payments.providers.port import (
    Decline,
    FundsMovement,
    Intent,
    IntentStatus,
    PaymentRequest,
    ProviderDispute,
    ProviderEvent,
    ProviderRefund,
    RefundRequest,
    RefundStatus,
)
from microshop.payments.providers.stripe_currencies import limits

type Call = Literal["start", "find", "cancel", "refund", "refunds_of", "intents", "refunds", "disputes"]


@dataclass
class _Failure:
    call: Call
    error: Exception
    acted: bool


class FakeProvider:
    """Keeps attempts, refunds and disputes in dictionaries, and records all `calls` of the port.

    `refund_status` is the status of the next refunds. `now` is the provider's clock, by default the real one.
    """

    publishable_key = "pk_fake"

    def __init__(self) -> None:
        self.now: datetime | None = None
        self.refund_status: RefundStatus = "succeeded"
        self.calls: list[tuple[Call, str]] = []
        self.known_intents: dict[str, Intent] = {}
        self.known_refunds: dict[str, ProviderRefund] = {}
        self.known_disputes: dict[str, ProviderDispute] = {}
        self._by_key: dict[str, tuple[PaymentRequest | RefundRequest, str]] = {}
        self._failures: list[_Failure] = []

        self._numbers = itertools.count(1)
        self._lock = threading.RLock()

    # ---- actions of customers, banks and the dashboard

    def fail(self, call: Call, error: Exception, *, acted: bool = False) -> None:
        """Make the next such call raise `error`, before or after it `acted`. Each call of `fail` is for one call."""
        self._failures.append(_Failure(call, error, acted))

    def pay(self, reference: str, *, minor: int | None = None, currency: str | None = None) -> Intent:
        """The customer pays the requested amount, or another."""
        intent = self.known_intents[reference]
        captured = intent.amount_minor if minor is None else minor
        return self._set_status(reference, "captured", captured, currency or intent.currency)

    def process(self, reference: str) -> Intent:
        """The customer pays with a method that takes days."""
        return self._set_status(reference, "processing")

    def decline(self, reference: str, code: str = "card_declined", words: str = "Your card was declined.") -> Intent:
        """Decline a charge. The attempt stays open."""
        declined = Decline(f"ch_{next(self._numbers)}", code, words)
        return self._keep(replace(self._set_status(reference, "open"), decline=declined))

    def cancel_in_dashboard(self, reference: str) -> Intent:
        """Cancel an attempt without a request of the shop."""
        return self._set_status(reference, "cancelled")

    def add_intent(self, amount_minor: int, currency: str, **known: object) -> Intent:
        """Add an attempt that the shop did not start. It is foreign unless it has an order. `known`: more fields."""
        intent = Intent(f"pi_{next(self._numbers)}", "open", amount_minor, 0, currency, self._time())
        known = {"foreign": "order_id" not in known, **known}
        return self._keep(replace(intent, **known))  # type: ignore[arg-type]

    def refund_in_dashboard(self, reference: str, amount_minor: int) -> ProviderRefund:
        """Refund a payment without a request of the shop."""
        return self._add_refund(reference, amount_minor, self.known_intents[reference].currency, None)

    def settle_refund(self, reference: str) -> ProviderRefund:
        """The bank accepts the refund."""
        return self._set_refund_status(reference, "succeeded", None)

    def fail_refund(self, reference: str, failure: str = "expired_or_canceled_card") -> ProviderRefund:
        """The bank rejects the refund, even after it had accepted it."""
        return self._set_refund_status(reference, "failed", failure)

    def dispute(self, reference: str, status: DisputeStatus = "open", minor: int | None = None) -> ProviderDispute:
        """The customer's bank disputes a payment. An inquiry withdraws no funds."""
        intent, now = self.known_intents[reference], self._time()
        disputed = ProviderDispute(
            f"dp_{next(self._numbers)}",
            reference,
            "inquiry" if status == "inquiry" else "open",
            intent.captured_minor if minor is None else minor,
            intent.currency,
            "fraudulent",
            now.replace(microsecond=0),
            now,
            respond_by=(now + timedelta(days=9)).replace(microsecond=0),
        )
        self.known_disputes[disputed.reference] = disputed
        return self.update_dispute(disputed.reference, status)

    def update_dispute(self, reference: str, status: DisputeStatus) -> ProviderDispute:
        """Set the status and move the funds: withdrawn with a fee of 15.00 unless it is an inquiry, back if won."""
        with self._lock:
            before = self.known_disputes[reference]
            moves, name = before.movements, f"txn_{reference}_{len(before.movements)}"
            if status in ("open", "won", "lost") and not moves:
                moves = (FundsMovement(name, -before.amount_minor, 1500, before.currency),)
            if status == "won" and len(moves) == 1:
                moves = (*moves, FundsMovement(f"{name}_back", before.amount_minor, 0, before.currency))
            after = replace(before, status=status, movements=moves, as_of=self._time())
            self.known_disputes[reference] = after
            return after

    def disputes_of(self, reference: str) -> list[ProviderDispute]:
        """All disputes of an attempt; not a call of the port."""
        return [each for each in self.known_disputes.values() if each.intent_reference == reference]

    def forget(self, reference: str) -> None:
        """Remove an attempt, dispute or refund."""
        self.known_intents.pop(reference, None)
        self.known_disputes.pop(reference, None)
        self.known_refunds.pop(reference, None)

    # ---- the port

    def start(self, request: PaymentRequest) -> Intent:
        """Start an attempt, once per key."""
        with self._asked("start", request.idempotency_key):
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
        with self._asked("find", reference):
            return self._known(reference)

    def cancel(self, reference: str) -> Intent:
        """Cancel an open attempt. Returns it."""
        with self._asked("cancel", reference):
            intent = self._known(reference)
            return self._set_status(reference, "cancelled") if intent.status == "open" else intent

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Make a refund, once per key."""
        with self._asked("refund", request.idempotency_key):
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
        with self._asked("refunds_of", reference):
            self._known(reference)
            return [refund for refund in self.known_refunds.values() if refund.intent_reference == reference]

    def intents(self, since: datetime, until: datetime) -> Iterator[Intent]:
        """All attempts that were started in this time."""
        with self._asked("intents", since.isoformat()):
            return iter([intent for intent in self.known_intents.values() if since <= intent.created_at < until])

    def refunds(self, since: datetime, until: datetime) -> Iterator[ProviderRefund]:
        """All refunds that were made in this time."""
        with self._asked("refunds", since.isoformat()):
            return iter([refund for refund in self.known_refunds.values() if since <= refund.created_at < until])

    def disputes(self, since: datetime, until: datetime) -> Iterator[ProviderDispute]:
        """All disputes that were opened in this time."""
        with self._asked("disputes", since.isoformat()):
            return iter([each for each in self.known_disputes.values() if since <= each.opened_at < until])

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:  # noqa: ARG002 - the port has them
        """Refuse every webhook: tests pass events to the shop without HTTP."""
        raise InvalidWebhook("The fake signs no webhooks.")

    def _asked(self, call: Call, about: str) -> "_Call":
        self.calls.append((call, about))
        failure = next((each for each in self._failures if each.call == call), None)
        if failure:
            self._failures.remove(failure)
        if failure and not failure.acted:
            raise failure.error
        return _Call(self._lock, failure.error if failure else None)

    def _time(self) -> datetime:
        return self.now or datetime.now(UTC)

    def _known(self, reference: str) -> Intent:
        if reference not in self.known_intents:
            raise PaymentRefused("resource_missing", f"No such payment_intent: {reference}")
        return self.known_intents[reference]

    def _keep(self, intent: Intent) -> Intent:
        self.known_intents[intent.reference] = intent
        return intent

    def _set_status(
        self, reference: str, status: IntentStatus, captured: int = 0, currency: str | None = None
    ) -> Intent:
        with self._lock:
            intent = self.known_intents[reference]
            money = {"captured_minor": captured, "currency": currency or intent.currency, "decline": None}
            return self._keep(replace(intent, status=status, **money))  # type: ignore[arg-type]

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

    def _add_refund(self, reference: str, minor: int, currency: str, number: int | None) -> ProviderRefund:
        name, status = f"re_{next(self._numbers)}", self.refund_status
        failure = "expired_or_canceled_card" if status == "failed" else None
        refund = ProviderRefund(name, reference, status, minor, currency, self._time(), number, failure)
        self.known_refunds[name] = refund
        return refund

    def _set_refund_status(self, reference: str, status: RefundStatus, failure: str | None) -> ProviderRefund:
        with self._lock:
            refund = replace(self.known_refunds[reference], status=status, failure=failure)
            self.known_refunds[reference] = refund
            return refund


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
