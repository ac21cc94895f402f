"""The use case of expiring an order that was not paid in time.

The provider comes first: only once it has called the attempt off, or where there is none, the order expires. Money that
wins that race is taken in instead, by the same rule as everywhere.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.orders.history import Actor, Change
from microshop.orders.states import EXPIRE
from microshop.payments.events import OrderExpired
from microshop.payments.facts import take_absence, take_intent
from microshop.payments.resolving import SETTLES_WITHIN, called_off
from microshop.payments.settling import Settlement
from microshop.transactions import retried

if TYPE_CHECKING:
    from microshop.payments.payment import Payment
    from microshop.payments.provider import FindProvider, Intent
    from microshop.payments.repository import PaymentsUnitOfWork

EXPIRED = "expired"
NOT_YET = "not yet"


def expire_order(order_id: int, find_provider: FindProvider, transaction: PaymentsUnitOfWork) -> str:
    """Expire an order whose time has passed, unless it was paid; what was done, in a few words.

    Raises:
        PaymentUnsure, Unavailable: the provider does not answer; the order is as it was, and this can be tried again.
    """
    payment = transaction.payments.live(order_id)
    if payment is None:
        return _expired(order_id, None, None, transaction)
    if payment.state != "started":
        return NOT_YET
    intent = called_off(find_provider(payment.provider), payment)
    if intent is None:
        return _gone(order_id, payment, transaction)
    if intent.status != "cancelled":
        return take_intent(payment.provider, intent, transaction)
    return _expired(order_id, payment, intent, transaction)


def _gone(order_id: int, payment: Payment, transaction: PaymentsUnitOfWork) -> str:
    """The provider has no such attempt: once none can be on its way to it, the order can expire."""
    if datetime.now(UTC) - payment.created_at < SETTLES_WITHIN:
        return NOT_YET
    take_absence(payment, transaction)
    return _expired(order_id, None, None, transaction)


@retried
def _expired(order_id: int, payment: Payment | None, intent: Intent | None, transaction: PaymentsUnitOfWork) -> str:
    now = datetime.now(UTC)
    with transaction:
        order = transaction.orders.locked(order_id, None)
        if order is None or order.state not in EXPIRE.leads or order.expires_at is None or order.expires_at > now:
            return NOT_YET
        live = transaction.payments.live(order_id)
        if live is not None:
            if payment is None or intent is None or live.id != payment.id:
                return NOT_YET  # begun meanwhile: its turn comes with the next pass
            Settlement(live, order, transaction).settle(intent)
        after = order.after(EXPIRE, now)
        change = Change(after, EXPIRE.action, Actor.system(), OrderExpired.of(after), "not paid in time")
        transaction.orders.change(change, EXPIRE)
        transaction.stock.put_back(after, None, "order expired")
        transaction.commit()
    return EXPIRED
