"""Use cases that record the shipment, its correction and the delivery of an order. See also updating.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import OrderDisputed
from microshop.orders.auditing import record_change
from microshop.orders.dispute_status import REQUIRES_CONFIRMATION
from microshop.orders.events import OrderDelivered, OrderShipmentCorrected, OrderShipped, order_fields
from microshop.orders.history import Actor, Change
from microshop.orders.reading import require_found, visible_owner
from microshop.orders.states import CORRECT_SHIPMENT, DELIVER, SHIP
from microshop.scopes import WRITE_ORDERS
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.orders.order import Order, OrderChanges
    from microshop.orders.unit_of_work import OrdersUnitOfWork
    from microshop.versions import ExpectedVersion


@retry_on_conflict
def ship_order(
    caller: Caller,
    order_id: int,
    carrier: str,
    tracking_number: str,
    uow: OrdersUnitOfWork,
    *,
    despite_dispute: bool = False,
) -> Order:
    """Record that an order was shipped. Returns the order.

    Raises:
        NotFound: there is no such order.
        OrderDisputed: the order's payment is disputed, and `despite_dispute` is False.
        WrongOrderState: the order is not confirmed, or was shipped or refunded before.
    """
    with uow:
        before = require_found(uow.orders.lock(order_id, visible_owner(caller, WRITE_ORDERS)))
        after = before.after(SHIP, datetime.now(UTC), carrier=carrier, tracking_number=tracking_number)
        if before.dispute_status in REQUIRES_CONFIRMATION and not despite_dispute:
            raise OrderDisputed("send despite_dispute to ship it anyway")
        event = OrderShipped(**order_fields(after), carrier=carrier, tracking_number=tracking_number)
        note = f"{carrier} {tracking_number}"
        uow.orders.change(Change(after, SHIP.action, Actor.of(caller), event, note), SHIP)
        record_change(caller, "order.ship", before, after, uow, despite_dispute=despite_dispute or None)
        uow.commit()
    return after


@retry_on_conflict
def correct_shipment(
    caller: Caller,
    order_id: int,
    carrier: str | None,
    tracking_number: str | None,
    *,
    expected: ExpectedVersion,
    uow: OrdersUnitOfWork,
) -> Order:
    """Correct the carrier or the tracking number of a shipped order. None keeps the current value. Returns the order.

    Raises:
        NotFound: there is no such order.
        PreconditionRequired, PreconditionFailed, VersionConflict: the order has another version than expected.
        WrongOrderState: the order was not shipped, or is no longer in transit.
    """
    with uow:
        before = require_found(uow.orders.lock(order_id, visible_owner(caller, WRITE_ORDERS)))
        expected.require(before.version)
        carrier, tracking_number = carrier or before.carrier or "", tracking_number or before.tracking_number or ""
        after = before.after(CORRECT_SHIPMENT, datetime.now(UTC), carrier=carrier, tracking_number=tracking_number)
        if (before.carrier, before.tracking_number) == (carrier, tracking_number):
            return before
        event = OrderShipmentCorrected(**order_fields(after), carrier=carrier, tracking_number=tracking_number)
        note = f"{carrier} {tracking_number}"
        uow.orders.change(Change(after, CORRECT_SHIPMENT.action, Actor.of(caller), event, note), CORRECT_SHIPMENT)
        record_change(caller, "order.correct_shipment", before, after, uow)
        uow.commit()
    return after


@retry_on_conflict
def deliver_order(caller: Caller, order_id: int, uow: OrdersUnitOfWork) -> Order:
    """Record that an order was delivered, which pays an order with cash on delivery. Returns the order.

    Raises:
        NotFound: there is no such order.
        WrongOrderState: the order was not shipped, or was delivered before.
    """
    with uow:
        before = require_found(uow.orders.lock(order_id, visible_owner(caller, WRITE_ORDERS)))
        is_paid_now = before.payment_status == "unpaid"
        paid: OrderChanges = {"captured_minor": before.total_minor} if is_paid_now else {}
        after = before.after(DELIVER, datetime.now(UTC), **paid)
        change = Change(after, DELIVER.action, Actor.of(caller), OrderDelivered(**order_fields(after)))
        uow.orders.change(change, DELIVER)
        if is_paid_now:
            uow.order_payments.record_manual_payment(after, "cash_on_delivery", None)
        record_change(caller, "order.deliver", before, after, uow)
        uow.commit()
    return after
