"""Expires an order that was not paid in time.

The provider comes first: the order expires only after the provider has cancelled the attempt, or does not have it. If
the payment wins that race, it is applied instead, by the same rule as everywhere (settling.py).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.orders.events import order_fields
from microshop.orders.history import Actor, Change
from microshop.orders.states import EXPIRE
from microshop.payments.attempts import MAX_TIME_IN_FLIGHT, cancel_attempt
from microshop.payments.events import OrderExpired
from microshop.payments.outcomes import Outcome
from microshop.payments.provider_updates import apply_absence, apply_update
from microshop.payments.settling import Settlement
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.payments.payment import Payment
    from microshop.payments.providers.port import FindProvider, Intent
    from microshop.payments.unit_of_work import PaymentsUnitOfWork


def expire_order(order_id: int, find_provider: FindProvider, uow: PaymentsUnitOfWork) -> Outcome:
    """Expire an order whose payment period is over, unless it was paid. Returns the outcome.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer; the order has not changed.
    """
    payment = uow.queries.live_payment(order_id)
    if payment is None:
        return _expire(order_id, None, None, uow)
    if payment.state != "started":
        return Outcome.NOT_YET
    if payment.reference is None:
        # Only a search shows whether the provider has it. The resolver makes one search for all such attempts.
        if payment.next_check_at is None:
            uow.payments.schedule_check(payment)
        return Outcome.NOT_YET
    intent = cancel_attempt(find_provider(payment.provider), payment.reference)
    if intent is None:
        return _expire_without_attempt(order_id, payment, uow)
    if intent.status != "cancelled":
        return apply_update(payment.provider, intent, uow)
    return _expire(order_id, payment, intent, uow)


def _expire_without_attempt(order_id: int, payment: Payment, uow: PaymentsUnitOfWork) -> Outcome:
    """Expire an order whose attempt the provider does not have, once no request for it can still be in flight."""
    if datetime.now(UTC) - payment.created_at < MAX_TIME_IN_FLIGHT:
        return Outcome.NOT_YET
    apply_absence(payment, uow)
    return _expire(order_id, None, None, uow)


@retry_on_conflict
def _expire(order_id: int, payment: Payment | None, intent: Intent | None, uow: PaymentsUnitOfWork) -> Outcome:
    now = datetime.now(UTC)
    with uow:
        order = uow.orders.lock(order_id, None)
        if order is None or order.state not in EXPIRE.moves or order.expires_at is None or order.expires_at > now:
            return Outcome.NOT_YET
        live = uow.queries.live_payment(order_id)
        if live is not None:
            if payment is None or intent is None or live.id != payment.id:
                return Outcome.NOT_YET  # a newer attempt: the next run cancels it
            Settlement(live, order, uow).settle(intent)
        after = order.after(EXPIRE, now)
        change = Change(after, EXPIRE.action, Actor.system(), OrderExpired(**order_fields(after)), "not paid in time")
        uow.orders.change(change, EXPIRE)
        uow.stock.restock_order(after, None, "order expired")
        uow.commit()
    return Outcome.EXPIRED
