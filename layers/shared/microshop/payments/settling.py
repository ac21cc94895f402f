"""How a provider update changes a payment and its order: one rule for webhook, client, resolver and reconciliation.

Updates may be duplicated, late or out of order. So the rule assumes nothing about earlier updates: it reads the current
state of payment and order under the order's lock, and a repeated update changes nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from microshop.orders.events import order_fields
from microshop.orders.history import Actor, Change
from microshop.orders.states import AWAIT_PAYMENT, FAIL_PAYMENT, PAY, PAY_LATE, REOPEN_PAYMENT, REVIEW_PAYMENT
from microshop.payments.events import OrderPaid, OrderPaymentChanged, OrderPaymentFailed
from microshop.payments.outcomes import Outcome
from microshop.payments.payment import CAPTURED_STATES, LIVE_STATES, Payment, RefundCause
from microshop.transactions import retry_on_conflict
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.orders.events import OrderEvent
    from microshop.orders.order import Order
    from microshop.orders.states import Transition
    from microshop.payments.providers.port import Decline, Intent
    from microshop.payments.unit_of_work import PaymentsUnitOfWork

# The final state normally arrives by webhook. The check is for a lost webhook.
_CHECK_PROCESSING_AFTER = timedelta(hours=1)
_CHECK_UNKNOWN_AFTER = timedelta(seconds=15)
_AT_ONCE = timedelta(0)

type CapturedState = Literal["captured", "mismatched", "stray"]
type EndState = Literal["cancelled", "failed"]

_TOO_LATE = "paid after the order had ended"


@retry_on_conflict
def settle_payment(payment: Payment, uow: PaymentsUnitOfWork, settle: Callable[[Settlement], Outcome]) -> Outcome:
    """Lock a payment and its order, `settle` them and commit. Returns the outcome."""
    with uow:
        current, order = uow.lock_payment(payment)
        outcome = settle(Settlement(current, order, uow))
        uow.commit()
    return outcome


class Settlement(Value):
    """A locked payment and its order, in their state before the update."""

    payment: Payment
    order: Order
    uow: PaymentsUnitOfWork

    def settle(self, intent: Intent) -> Outcome:
        """Apply the intent's current state. Returns the outcome."""
        self.uow.payments.set_reference(self.payment, intent.reference)
        if self.payment.state in CAPTURED_STATES:
            return Outcome.NOTHING_NEW
        match intent.status:
            case "captured":
                return self._settle_captured(intent)
            case "processing":
                return self._settle_processing()
            case "cancelled":
                return self._settle_cancelled()
            case "open":
                return self._settle_open(intent.decline)

    def record_unknown(self, reason: str) -> Outcome:
        """Put the order in review until a check shows whether the silent provider has acted. Returns the outcome."""
        if self.payment.state not in ("started", "unknown"):
            return Outcome.NOTHING_NEW
        self.uow.ledger.append_entry(self.payment, "unknown", reference=datetime.now(UTC).isoformat(), reason=reason)
        self.uow.payments.set_state(self.payment, "unknown", check_in=_CHECK_UNKNOWN_AFTER)
        if self.order.state in (("pending", "unpaid"), ("pending", "processing")):
            self._change_payment_status(REVIEW_PAYMENT, reason="the payment provider does not answer")
        return Outcome.UNKNOWN

    def record_refusal(self, code: str, message: str) -> Outcome:
        """Fail an attempt that the provider does not have: the customer may start another. Returns the outcome."""
        if self.payment.state in CAPTURED_STATES or self.payment.state in ("cancelled", "failed"):
            return Outcome.NOTHING_NEW
        self._end("failed", reason=f"{code}: {message}")
        return Outcome.FAILED

    def _settle_captured(self, intent: Intent) -> Outcome:
        if self._has_other_live_attempt():
            return self._settle_stray(intent, "the order has another active payment")
        if self.order.state not in REVIEW_PAYMENT.moves:
            return self._settle_stray(intent, "the order expects no payment")
        if not self._is_expected(intent):
            return self._settle_mismatched(intent)
        self._record_captured(intent, "captured")
        if self.order.status == "pending":
            self._change(PAY, lambda after: OrderPaid(**order_fields(after), provider=self.payment.provider), intent)
            return Outcome.PAID
        self._change_payment_status(PAY_LATE, intent, reason=_TOO_LATE)
        self._refund_all("late", _TOO_LATE)
        return Outcome.PAID_LATE

    def _settle_stray(self, intent: Intent, reason: str) -> Outcome:
        self._record_captured(intent, "stray")
        self._refund_all("surplus", reason)
        return Outcome.STRAY

    def _settle_mismatched(self, intent: Intent) -> Outcome:
        self._record_captured(intent, "mismatched")
        reason = "the paid amount or currency differs from the order's"
        self._change_payment_status(REVIEW_PAYMENT, intent, reason=reason)
        if self.order.status != "pending":
            self._refund_all("late", _TOO_LATE)
        return Outcome.MISMATCH

    def _settle_processing(self) -> Outcome:
        if self.payment.state not in ("started", "unknown") and not self._was_failed_by_mistake():
            return Outcome.NOTHING_NEW  # an abandoned attempt stays due until it is cancelled or captured
        self.uow.ledger.append_entry(self.payment, "processing")
        self.uow.payments.set_state(self.payment, "processing", check_in=_CHECK_PROCESSING_AFTER)
        if self.order.state in AWAIT_PAYMENT.moves:
            self._change_payment_status(AWAIT_PAYMENT, reason="the payment is being processed")
        return Outcome.PROCESSING

    def _settle_cancelled(self) -> Outcome:
        if self.payment.state == "cancelled":
            return Outcome.NOTHING_NEW
        self._end("cancelled", reason="cancelled at the provider")
        return Outcome.CANCELLED

    def _settle_open(self, decline: Decline | None) -> Outcome:
        if self.payment.state not in LIVE_STATES and not self._was_failed_by_mistake():
            return Outcome.NOTHING_NEW
        is_new_decline = decline is not None and self.uow.ledger.append_entry(
            self.payment, "declined", reference=decline.reference, reason=decline.message
        )
        if self.payment.state != "started":
            self.uow.ledger.append_entry(self.payment, "reopened", reference=datetime.now(UTC).isoformat())
            # This update may be older than the one about processing: a check at the provider decides.
            may_be_stale = self.payment.state == "processing"
            self.uow.payments.set_state(self.payment, "started", check_in=_AT_ONCE if may_be_stale else None)
        if decline is not None and is_new_decline and self.order.state in FAIL_PAYMENT.moves:
            code = decline.code
            self._change(FAIL_PAYMENT, lambda after: OrderPaymentFailed(**order_fields(after), reason=code), note=code)
            return Outcome.DECLINED
        if self.payment.state != "started" and self.order.state in REOPEN_PAYMENT.moves:
            self._change_payment_status(REOPEN_PAYMENT, reason="the provider waits for the customer")
            return Outcome.REOPENED
        return Outcome.NOTHING_NEW

    def _was_failed_by_mistake(self) -> bool:
        """Whether the attempt was marked failed although the provider has it, and no other attempt has replaced it."""
        if self.payment.state != "failed" or self.order.status != "pending":
            return False
        return self.uow.queries.live_payment(self.order.id) is None

    def _is_expected(self, intent: Intent) -> bool:
        requested = (self.payment.amount_minor, self.payment.currency)
        return (intent.captured_minor, intent.currency) == requested == (self.order.total_minor, self.order.currency)

    def _record_captured(self, intent: Intent, state: CapturedState) -> None:
        captured, currency = intent.captured_minor, intent.currency
        self.uow.ledger.append_entry(
            self.payment, state, reference=intent.reference, amount_minor=captured, currency=currency
        )
        # A check that is due may be for a refund whose update arrived before this one, so it stays due.
        self.uow.payments.set_state(self.payment, state, captured_minor=captured, currency=currency, stays_due=True)

    def _refund_all(self, cause: RefundCause, reason: str) -> None:
        current = self.uow.queries.payment_by_attempt(self.payment.provider, self.order.id, self.payment.attempt)
        if current is not None and current.refundable_minor:
            self.uow.refunds.request(current, current.refundable_minor, cause, reason=reason)

    def _end(self, state: EndState, *, reason: str) -> None:
        self.uow.ledger.append_entry(self.payment, state, reason=reason)
        self.uow.payments.set_state(self.payment, state)
        was_expected = self.payment.state in LIVE_STATES or self.payment.state == "abandoned"
        if was_expected and self.order.state in REOPEN_PAYMENT.moves and not self._has_other_live_attempt():
            self._change_payment_status(REOPEN_PAYMENT, reason="the payment was cancelled")

    def _has_other_live_attempt(self) -> bool:
        """Whether another attempt has replaced this one, so that the order's payment status describes the other one."""
        live = self.uow.queries.live_payment(self.order.id)
        return live is not None and live.id != self.payment.id

    def _change_payment_status(self, transition: Transition, intent: Intent | None = None, *, reason: str) -> None:
        self._change(
            transition,
            lambda after: OrderPaymentChanged(
                **order_fields(after),
                previous_payment_status=self.order.payment_status,
                reason=transition.action,
            ),
            intent,
            note=reason,
        )

    def _change(
        self,
        transition: Transition,
        event_of: Callable[[Order], OrderEvent],
        intent: Intent | None = None,
        *,
        note: str | None = None,
    ) -> None:
        now = datetime.now(UTC)
        if intent is None:
            after = self.order.after(transition, now)
        else:
            # Money in another currency counts for the payment but never for the order.
            captured = intent.captured_minor if intent.currency == self.order.currency else 0
            reference = intent.reference[:100]
            after = self.order.after(transition, now, captured_minor=captured, payment_reference=reference)
        change = Change(after, transition.action, Actor.system(), event_of(after), note)
        self.uow.orders.change(change, transition)
