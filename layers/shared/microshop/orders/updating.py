"""Use cases that cancel an order or confirm its payment outside the shop.

Every use case that changes an order writes the change, its history entry and its event in one transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.orders.auditing import record_change
from microshop.orders.events import OrderCancelled, OrderConfirmed, order_fields, restocked_lines
from microshop.orders.history import Actor, Change
from microshop.orders.reading import require_found, visible_owner
from microshop.orders.states import CANCEL, CANCEL_FOREIGN, CANCEL_FREE, CANCEL_REFUNDED, CONFIRM
from microshop.scopes import REFUND, WRITE_ORDERS
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.orders.order import Order, OrderChanges
    from microshop.orders.states import Transition
    from microshop.orders.unit_of_work import OrdersUnitOfWork


@retry_on_conflict
def cancel_order(caller: Caller, order_id: int, reason: str | None, uow: OrdersUnitOfWork) -> Order:
    """Cancel an order, restock its units and request the refund of its payment. Returns the order.

    Raises:
        NotFound: there is no such order, or it belongs to another customer.
        Forbidden, FreshSecondFactorRequired: the order is another customer's and paid, and the caller may not refund.
        WrongOrderState: the order was shipped or has ended, or its payment is being processed.
    """
    with uow:
        before = require_found(uow.orders.lock(order_id, visible_owner(caller, WRITE_ORDERS)))
        if any(line.returned for line in before.lines):
            uow.order_payments.cancel_pending_restocks(before)
            before = require_found(uow.orders.lock(order_id, visible_owner(caller, WRITE_ORDERS)))
        now = datetime.now(UTC)
        if before.user_id != caller.user_id and before.captured_minor > before.refunded_minor:  # a refund follows
            caller.require(REFUND)
            caller.require_fresh_second_factor(now.timestamp())
        transition = _cancellation_of(before, uow)
        # An earlier release may have counted money in another currency as the order's.
        foreign: OrderChanges = {"captured_minor": 0, "refunded_minor": 0} if transition is CANCEL_FOREIGN else {}
        after = before.after(transition, now, **foreign)
        event = OrderCancelled(
            **order_fields(after),
            previous_status=before.status,
            restocked=restocked_lines(before),
            dispute_status=before.dispute_status,
        )
        uow.orders.change(Change(after, transition.action, Actor.of(caller), event, reason), transition)
        uow.order_payments.refund_or_abandon(after)
        if caller.acts_for_shop(before.user_id):
            record_change(caller, "order.cancel", before, after, uow, reason=reason)
        uow.stock.restock_order(after, caller.user_id, "order cancelled")
        uow.commit()
    return after.with_all_units_returned()


@retry_on_conflict
def confirm_order(caller: Caller, order_id: int, reference: str, uow: OrdersUnitOfWork) -> Order:
    """Record that an order was paid outside the shop, with the reference of that payment. Returns the order.

    Raises:
        NotFound: there is no such order.
        WrongOrderState: the order does not wait for a payment.
    """
    with uow:
        before = require_found(uow.orders.lock(order_id, visible_owner(caller, WRITE_ORDERS)))
        after = before.after(CONFIRM, datetime.now(UTC), payment_reference=reference, captured_minor=before.total_minor)
        change = Change(after, CONFIRM.action, Actor.of(caller), OrderConfirmed(**order_fields(after)), reference)
        uow.orders.change(change, CONFIRM)
        uow.order_payments.record_manual_payment(after, "offline", reference)
        record_change(caller, "order.confirm", before, after, uow, reference=reference)
        uow.commit()
    return after


def _cancellation_of(order: Order, uow: OrdersUnitOfWork) -> Transition:
    if order.state in CANCEL_FREE.moves and not order.captured_minor:
        return CANCEL_FREE
    if order.state in CANCEL_FOREIGN.moves and uow.order_payments.is_foreign_and_refunded(order):
        return CANCEL_FOREIGN
    return CANCEL_REFUNDED if _is_refunded_in_review(order) else CANCEL


def _is_refunded_in_review(order: Order) -> bool:
    """Whether a payment of a wrong amount was refunded in full."""
    return order.state in CANCEL_REFUNDED.moves and 0 < order.captured_minor == order.refunded_minor
