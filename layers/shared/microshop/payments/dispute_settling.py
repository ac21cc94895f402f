"""How a provider update changes a dispute, its payment and its order, by the same rules as for payments (settling.py).

The newest update wins; an older update that arrives later changes no status. Each movement of funds goes to the ledger
once, whenever it arrives. So the result does not depend on the sequence of the updates.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.limits import MAX_REASON_LENGTH
from microshop.orders.dispute_status import DisputeStatus, most_serious
from microshop.orders.events import order_fields
from microshop.orders.history import Actor, Change
from microshop.orders.states import CLOSE_DISPUTE, DISPUTE, LOSE_DISPUTE, WIN_DISPUTE, Transition
from microshop.payments.dispute_events import OrderDisputeClosed, OrderDisputed
from microshop.payments.outcomes import Outcome
from microshop.payments.payment import CAPTURED_STATES
from microshop.payments.refund_settling import request_due_refund
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.orders.order import Order
    from microshop.payments.dispute import Dispute
    from microshop.payments.payment import EntryKind, Payment
    from microshop.payments.providers.port import FundsMovement, ProviderDispute
    from microshop.payments.unit_of_work import PaymentsUnitOfWork

_TRANSITIONS: dict[DisputeStatus, Transition] = {
    "inquiry": DISPUTE,
    "open": DISPUTE,
    "won": WIN_DISPUTE,
    "lost": LOSE_DISPUTE,
    "closed": CLOSE_DISPUTE,
}
# The sequence of updates that have the same time, because Stripe's times are whole seconds: a decision comes last.
_SEQUENCE: tuple[DisputeStatus, ...] = ("inquiry", "open", "closed", "won", "lost")


def settle_dispute(update: ProviderDispute, payment: Payment, order: Order, uow: PaymentsUnitOfWork) -> Outcome:
    """Apply the dispute's state at the provider to the locked payment and order. Returns the outcome."""
    disputes = uow.disputes.of_order(order.id)
    known = next(
        (each for each in disputes if (each.payment_id, each.reference) == (payment.id, update.reference)), None
    )
    others = [dispute for dispute in disputes if dispute is not known]
    return _Settlement(update, payment, order, uow, known, others).settle()


class _Settlement(Value):
    """A dispute update, with the locked payment, order and disputes in their state before it.

    `known` is the shop's record of the dispute, None before the first update; `others` are the order's other disputes.
    """

    update: ProviderDispute
    payment: Payment
    order: Order
    uow: PaymentsUnitOfWork
    known: Dispute | None
    others: Sequence[Dispute]

    def settle(self) -> Outcome:
        dispute_id = self._save()
        has_new_movement = [self._append_movement(movement, dispute_id) for movement in self.update.movements]
        statuses = self._new_statuses()
        self._record(statuses, dispute_id)
        if self._is_newer():
            self.uow.disputes.mark_payment(self.payment.id, self._payment_status())
            self._request_refunds()
        if statuses:
            return Outcome.DISPUTED if statuses[-1] in ("inquiry", "open") else Outcome.DISPUTE_CLOSED
        return Outcome.DISPUTE_FUNDS_MOVED if any(has_new_movement) else Outcome.NOTHING_NEW

    def _is_newer(self) -> bool:
        if self.known is None:
            return True
        reported = (self.update.as_of, _SEQUENCE.index(self.update.status))
        return reported > (self.known.as_of, _SEQUENCE.index(self.known.status))

    def _new_statuses(self) -> list[DisputeStatus]:
        """Returns the statuses to record. A dispute whose first update closes it was open before that."""
        status = self.update.status
        if self.known is None:
            return [status] if status in ("inquiry", "open") else ["inquiry" if status == "closed" else "open", status]
        return [status] if self._is_newer() and status != self.known.status else []

    def _save(self) -> int:
        """Write the dispute if the update is newer. Returns the dispute's id."""
        update, known = self.update, self.known
        closed_at = None if update.status in ("inquiry", "open") else update.as_of
        if known is None:
            return self.uow.disputes.add(self.payment, update, closed_at)
        if known.status == update.status and known.closed_at and closed_at:
            closed_at = min(closed_at, known.closed_at)
        if self._is_newer():
            self.uow.disputes.change(known, update, closed_at)
        elif known.status == update.status and closed_at and closed_at != known.closed_at:
            self.uow.disputes.close_earlier(known, closed_at)
        return known.id

    def _append_movement(self, movement: FundsMovement, dispute_id: int) -> bool:
        """Append a movement of funds and its fee to the ledger. Returns whether one of them was new."""
        entries: list[tuple[EntryKind, int]] = [
            ("dispute_withdrawn" if movement.amount_minor < 0 else "dispute_reinstated", movement.amount_minor),
            ("dispute_fee" if movement.fee_minor > 0 else "dispute_fee_returned", movement.fee_minor),
        ]
        appended = [
            self.uow.ledger.append_entry(
                self.payment,
                kind,
                reference=movement.reference,
                reason=f"dispute {self.update.reference}",
                amount_minor=abs(minor),
                currency=movement.currency,
                dispute_id=dispute_id,
            )
            for kind, minor in entries
            if minor
        ]
        return any(appended)

    def _record(self, statuses: Sequence[DisputeStatus], dispute_id: int) -> None:
        order = self.order
        for status in statuses:
            is_open = status in ("inquiry", "open")
            self.uow.ledger.append_entry(
                self.payment,
                "disputed" if is_open else "dispute_closed",
                reference=self.update.reference,
                reason=self.update.reason if is_open else status,
                amount_minor=self.update.amount_minor,
                currency=self.update.currency,
                dispute_id=dispute_id,
                may_repeat=self.known is not None,
            )
            order = self._change(order, status)

    def _change(self, order: Order, status: DisputeStatus) -> Order:
        transition, update = _TRANSITIONS[status], self.update
        order_status = most_serious([status, *(dispute.status for dispute in self.others)]) or status
        after = order.after(transition, datetime.now(UTC), dispute_status=order_status)
        event = (OrderDisputed if transition is DISPUTE else OrderDisputeClosed)(
            **order_fields(after),
            provider=self.payment.provider,
            dispute_status=status,
            dispute_amount_minor=update.amount_minor,
            dispute_currency=update.currency,
            dispute_reason=update.reason,
            dispute_reference=update.reference,
            respond_by=update.respond_by.isoformat() if update.respond_by else None,
        )
        note = update.reason[:MAX_REASON_LENGTH] or None
        self.uow.orders.change(Change(after, transition.action, Actor.system(), event, note), transition)
        return after

    def _payment_status(self) -> DisputeStatus:
        others = (dispute.status for dispute in self.others if dispute.payment_id == self.payment.id)
        return most_serious([self.update.status, *others]) or self.update.status

    def _request_refunds(self) -> None:
        """Make refunds due that the dispute held back, and request refunds that are possible now."""
        if self.payment.state not in CAPTURED_STATES:
            self.uow.payments.schedule_check(self.payment)  # the shop has not recorded the capture yet
        after, _ = self.uow.lock_payment(self.payment)
        has_ended = self.update.status in ("won", "lost", "closed")
        if after.withheld_minor < self.payment.withheld_minor or has_ended:
            self.uow.refunds.make_due(after)
        # The provider refuses refunds from the opening of a dispute, even before its webhook: request them again.
        if after.withheld_minor != self.payment.withheld_minor or (self.known is None and has_ended):
            request_due_refund(after, self.order, self.uow, "no dispute withholds it")
