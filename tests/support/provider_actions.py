"""The state of a payment provider in memory, and the actions of its customers, banks and dashboard."""

import itertools
import threading
from copy import replace
from datetime import UTC, datetime, timedelta

from microshop.orders.dispute_status import DisputeStatus
from microshop.payments.providers.port import (
    Decline,
    FundsMovement,
    Intent,
    IntentStatus,
    ProviderDispute,
    ProviderRefund,
    RefundStatus,
)


class ProviderActions:
    """Keeps attempts, refunds and disputes in dictionaries.

    `refund_status` is the status of the next refunds. `now` is the provider's clock, by default the real one.
    """

    def __init__(self) -> None:
        self.now: datetime | None = None
        self.refund_status: RefundStatus = "succeeded"
        self.known_intents: dict[str, Intent] = {}
        self.known_refunds: dict[str, ProviderRefund] = {}
        self.known_disputes: dict[str, ProviderDispute] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()

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

    def _time(self) -> datetime:
        return self.now or datetime.now(UTC)

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
