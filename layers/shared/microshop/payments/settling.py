"""What a provider's word does to a payment and its order: one rule for webhook, client, resolver and reconciliation.

Every word may come twice, late, or before another that happened earlier. So nothing is assumed of what came before: the
rule looks at what payment and order are, under the order's lock, and what is known already changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from microshop.orders.history import Actor, Change
from microshop.orders.states import (
    AWAIT_PAYMENT,
    FAIL_PAYMENT,
    PAY,
    PAY_LATE,
    REOPEN_PAYMENT,
    REVIEW_PAYMENT,
    Transition,
)
from microshop.payments.events import OrderPaid, OrderPaymentChanged, OrderPaymentFailed
from microshop.payments.payment import HOLDING_MONEY, LIVE, EntryKind, Payment, RefundCause

if TYPE_CHECKING:
    from microshop.orders.events import OrderEvent
    from microshop.orders.order import Order
    from microshop.payments.provider import Decline, Intent
    from microshop.payments.repository import PaymentsUnitOfWork

# A webhook tells when money that is on its way has arrived; this is for the one that gets lost.
_ASK_AGAIN_AFTER = timedelta(hours=1)
_ASK_SOON = timedelta(seconds=15)

type Held = Literal["captured", "mismatched", "stray"]
type Ended = Literal["cancelled", "failed"]

PAID = "paid"
_TOO_LATE = "paid after the order was over"
NOTHING_NEW = "nothing new"


@dataclass(frozen=True)
class Settlement:
    """A payment and its order, locked, as they are before the word that is settled."""

    payment: Payment
    order: Order
    transaction: PaymentsUnitOfWork

    def settle(self, intent: Intent) -> str:
        """Bring both in line with what the provider says; what that did, in a few words."""
        self.transaction.payments.refer(self.payment, intent.reference)
        if self.payment.state in HOLDING_MONEY:
            return NOTHING_NEW
        match intent.status:
            case "captured":
                return self._captured(intent)
            case "processing":
                return self._processing()
            case "cancelled":
                return self._cancelled()
            case "open":
                return self._open(intent.decline)

    def unsure(self, reason: str) -> str:
        """The provider did not answer: the order waits until it is known whether it has acted."""
        if self.payment.state not in ("started", "unknown"):
            return NOTHING_NEW
        self._enter("unknown", reference=datetime.now(UTC).isoformat(), reason=reason)
        self.transaction.payments.change(self.payment, "unknown", check_in=_ASK_SOON)
        if self.order.state in (("pending", "unpaid"), ("pending", "processing")):
            self._tell(REVIEW_PAYMENT, reason="the payment provider does not answer")
        return "unknown"

    def refused(self, code: str, words: str) -> str:
        """The provider does not have the attempt and will not: another may be begun."""
        if self.payment.state in HOLDING_MONEY or self.payment.state in ("cancelled", "failed"):
            return NOTHING_NEW
        self._end("failed", reason=f"{code}: {words}")
        return "failed"

    def _captured(self, intent: Intent) -> str:
        live = self.transaction.payments.live(self.order.id)
        if live is not None and live.id != self.payment.id:
            return self._stray(intent, "the order was paid otherwise")
        if self.order.state not in REVIEW_PAYMENT.leads:
            return self._stray(intent, "the order expects no payment")
        if not self._is_what_was_asked(intent):
            return self._mismatched(intent)
        self._hold(intent, "captured")
        if self.order.status == "pending":
            self._change(PAY, OrderPaid, intent, provider=self.payment.provider)
            return PAID
        self._tell(PAY_LATE, intent, reason=_TOO_LATE)
        self._refund_all("late", _TOO_LATE)
        return "paid late"

    def _stray(self, intent: Intent, reason: str) -> str:
        self._hold(intent, "stray")
        self._refund_all("surplus", reason)
        return "stray"

    def _mismatched(self, intent: Intent) -> str:
        self._hold(intent, "mismatched")
        self._tell(REVIEW_PAYMENT, intent, reason="another amount or currency was paid than the order's")
        if self.order.status != "pending":
            self._refund_all("late", _TOO_LATE)
        return "mismatch"

    def _processing(self) -> str:
        if self.payment.state not in ("started", "unknown") and not self._was_given_up_too_early():
            return NOTHING_NEW  # an abandoned one is asked again until it is cancelled or captured
        self._enter("processing")
        self.transaction.payments.change(self.payment, "processing", check_in=_ASK_AGAIN_AFTER)
        if self.order.state in AWAIT_PAYMENT.leads:
            self._tell(AWAIT_PAYMENT, reason="the money is on its way")
        return "processing"

    def _cancelled(self) -> str:
        if self.payment.state == "cancelled":
            return NOTHING_NEW
        self._end("cancelled", reason="called off at the provider")
        return "cancelled"

    def _open(self, decline: Decline | None) -> str:
        if self.payment.state not in LIVE and not self._was_given_up_too_early():
            return NOTHING_NEW
        declined = decline is not None and self._enter("declined", reference=decline.reference, reason=decline.words)
        if self.payment.state != "started":
            self._enter("reopened", reference=datetime.now(UTC).isoformat())
            self.transaction.payments.change(self.payment, "started")
        if decline is not None and declined and self.order.state in FAIL_PAYMENT.leads:
            self._change(FAIL_PAYMENT, OrderPaymentFailed, note=decline.code, reason=decline.code)
            return "declined"
        if self.payment.state != "started" and self.order.state in REOPEN_PAYMENT.leads:
            self._tell(REOPEN_PAYMENT, reason="the provider waits for the customer")
            return "reopened"
        return NOTHING_NEW

    def _was_given_up_too_early(self) -> bool:
        """Whether the provider has an attempt after all, which it was said not to have, and no other took its place."""
        if self.payment.state != "failed" or self.order.status != "pending":
            return False
        return self.transaction.payments.live(self.order.id) is None

    def _is_what_was_asked(self, intent: Intent) -> bool:
        asked = (self.payment.amount_minor, self.payment.currency)
        return (intent.captured_minor, intent.currency) == asked == (self.order.total_minor, self.order.currency)

    def _hold(self, intent: Intent, state: Held) -> None:
        self.transaction.payments.enter(
            self.payment,
            state,
            reference=intent.reference,
            amount_minor=intent.captured_minor,
            currency=intent.currency,
        )
        # What was to be asked may be about a refund that came before this news: it is asked all the same.
        self.transaction.payments.change(
            self.payment, state, captured_minor=intent.captured_minor, currency=intent.currency, stays_due=True
        )

    def _refund_all(self, cause: RefundCause, reason: str) -> None:
        held = self.transaction.payments.by_attempt(self.payment.provider, self.order.id, self.payment.attempt)
        if held is not None and held.left_minor:
            self.transaction.payments.request_refund(held, held.left_minor, cause, reason=reason)

    def _end(self, state: Ended, *, reason: str) -> None:
        self._enter(state, reason=reason)
        self.transaction.payments.change(self.payment, state)
        was_waited_for = self.payment.state in LIVE or self.payment.state == "abandoned"
        if was_waited_for and self.order.state in REOPEN_PAYMENT.leads:
            self._tell(REOPEN_PAYMENT, reason="the payment was called off")

    def _enter(self, kind: EntryKind, *, reference: str = "", reason: str | None = None) -> bool:
        return self.transaction.payments.enter(self.payment, kind, reference=reference, reason=reason)

    def _tell(self, transition: Transition, intent: Intent | None = None, *, reason: str) -> None:
        before = self.order.payment_status
        told = {"previous_payment_status": before, "reason": transition.action}
        self._change(transition, OrderPaymentChanged, intent, note=reason, **told)

    def _change(
        self,
        transition: Transition,
        event: type[OrderEvent],
        intent: Intent | None = None,
        *,
        note: str | None = None,
        **tells: Any,
    ) -> None:
        money = {} if intent is None else _money_of(intent)
        after = self.order.after(transition, datetime.now(UTC), **money)
        change = Change(after, transition.action, Actor.system(), event.of(after, **tells), note)
        self.transaction.orders.change(change, transition)


def _money_of(intent: Intent) -> dict[str, Any]:
    return {"captured_minor": intent.captured_minor, "payment_reference": intent.reference[:100]}
