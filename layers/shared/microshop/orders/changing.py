"""Use cases that change an existing order.

Each writes the change, its history entry and its event in one transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, OrderDisputed, RefundTooLarge, WrongOrderState
from microshop.money import to_decimal
from microshop.orders.dispute_status import SHIPPED_WITH_CONFIRMATION
from microshop.orders.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderReturned,
    OrderReturnSettled,
    OrderShipmentCorrected,
    OrderShipped,
    RestockedLine,
    WrittenOffLine,
    order_fields,
    restocked_lines,
)
from microshop.orders.history import Actor, Change
from microshop.orders.reading import found, owner
from microshop.orders.returned_units import returned_units
from microshop.orders.states import (
    CANCEL,
    CANCEL_FOREIGN,
    CANCEL_FREE,
    CANCEL_REFUNDED,
    CONFIRM,
    CORRECT_SHIPMENT,
    DELIVER,
    RETURN,
    SETTLE_RETURN,
    SHIP,
)
from microshop.transactions import retried

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from microshop.caller import Caller
    from microshop.orders.order import Order, OrderChanges
    from microshop.orders.requested_lines import RequestedLine
    from microshop.orders.states import Transition
    from microshop.orders.unit_of_work import OrdersUnitOfWork
    from microshop.versions import ExpectedVersion


@retried
def cancel_order(caller: Caller, order_id: int, reason: str | None, uow: OrdersUnitOfWork) -> Order:
    """Cancel an order, restock its units and request the refund of the money that was paid.

    Raises:
        NotFound: there is no such order, or it belongs to somebody else.
        WrongOrderState: it was shipped or cancelled before, or its money is on its way.
    """
    with uow:
        before = found(uow.orders.locked(order_id, owner(caller)))
        if any(line.returned for line in before.lines):
            uow.money.cancel_pending_restocks(before)
            before = found(uow.orders.locked(order_id, owner(caller)))
        transition = _cancellation_of(before, uow)
        # The release before may have counted money of another currency as the order's.
        foreign: OrderChanges = {"captured_minor": 0, "refunded_minor": 0} if transition is CANCEL_FOREIGN else {}
        after = before.after(transition, datetime.now(UTC), **foreign)
        event = OrderCancelled(
            **order_fields(after),
            previous_status=before.status,
            restocked=restocked_lines(before),
            dispute_status=before.dispute_status,
        )
        uow.orders.change(Change(after, transition.action, Actor.of(caller), event, reason), transition)
        uow.money.refund_or_abandon(after)
        uow.stock.put_back(after, caller.user_id, "order cancelled")
        uow.commit()
    return after.with_all_units_returned()


@retried
def confirm_order(caller: Caller, order_id: int, reference: str, uow: OrdersUnitOfWork) -> Order:
    """Record that an order was paid outside the shop, and the reference of that payment.

    Raises:
        NotFound: there is no such order.
        WrongOrderState: it does not wait for a payment.
    """
    with uow:
        before = found(uow.orders.locked(order_id, owner(caller)))
        after = before.after(CONFIRM, datetime.now(UTC), payment_reference=reference, captured_minor=before.total_minor)
        change = Change(after, CONFIRM.action, Actor.of(caller), OrderConfirmed(**order_fields(after)), reference)
        uow.orders.change(change, CONFIRM)
        uow.money.record_by_hand(after, "offline", reference)
        uow.commit()
    return after


@retried
def ship_order(
    caller: Caller,
    order_id: int,
    carrier: str,
    tracking_number: str,
    uow: OrdersUnitOfWork,
    *,
    despite_dispute: bool = False,
) -> Order:
    """Record that an order is on its way.

    Raises:
        NotFound: there is no such order.
        OrderDisputed: its payment is disputed, and the order is not to be shipped `despite_dispute`.
        WrongOrderState: it is not confirmed, or was shipped or refunded before.
    """
    with uow:
        before = found(uow.orders.locked(order_id, owner(caller)))
        after = before.after(SHIP, datetime.now(UTC), carrier=carrier, tracking_number=tracking_number)
        if before.dispute_status in SHIPPED_WITH_CONFIRMATION and not despite_dispute:
            raise OrderDisputed("send despite_dispute to ship it all the same")
        event = OrderShipped(**order_fields(after), carrier=carrier, tracking_number=tracking_number)
        note = f"{carrier} {tracking_number}"
        uow.orders.change(Change(after, SHIP.action, Actor.of(caller), event, note), SHIP)
        uow.commit()
    return after


@retried
def correct_shipment(
    caller: Caller,
    order_id: int,
    carrier: str | None,
    tracking_number: str | None,
    *,
    expected: ExpectedVersion,
    uow: OrdersUnitOfWork,
) -> Order:
    """Correct the carrier or the tracking number of an order that is on its way. None leaves one as it is.

    Raises:
        NotFound: there is no such order.
        PreconditionRequired, PreconditionFailed, VersionConflict: the order has another version than expected.
        WrongOrderState: it was not shipped, or is not on its way any more.
    """
    with uow:
        before = found(uow.orders.locked(order_id, owner(caller)))
        expected.require(before.version)
        carrier, tracking_number = carrier or before.carrier or "", tracking_number or before.tracking_number or ""
        after = before.after(CORRECT_SHIPMENT, datetime.now(UTC), carrier=carrier, tracking_number=tracking_number)
        if (before.carrier, before.tracking_number) == (carrier, tracking_number):
            return before
        event = OrderShipmentCorrected(**order_fields(after), carrier=carrier, tracking_number=tracking_number)
        note = f"{carrier} {tracking_number}"
        uow.orders.change(Change(after, CORRECT_SHIPMENT.action, Actor.of(caller), event, note), CORRECT_SHIPMENT)
        uow.commit()
    return after


@retried
def deliver_order(caller: Caller, order_id: int, uow: OrdersUnitOfWork) -> Order:
    """Record that an order has arrived, which pays one with cash on delivery.

    Raises:
        NotFound: there is no such order.
        WrongOrderState: it was not shipped, or was delivered before.
    """
    with uow:
        before = found(uow.orders.locked(order_id, owner(caller)))
        is_paid_now = before.payment_status == "unpaid"
        paid: OrderChanges = {"captured_minor": before.total_minor} if is_paid_now else {}
        after = before.after(DELIVER, datetime.now(UTC), **paid)
        change = Change(after, DELIVER.action, Actor.of(caller), OrderDelivered(**order_fields(after)))
        uow.orders.change(change, DELIVER)
        if is_paid_now:
            uow.money.record_by_hand(after, "cash_on_delivery", None)
        uow.commit()
    return after


@retried
def return_order(
    caller: Caller, order_id: int, restock: Sequence[RequestedLine], reason: str | None, uow: OrdersUnitOfWork
) -> Order:
    """Record that the parcel of an order came back: `restock` goes back on sale, the other units are written off.

    Money that was paid stays with the order until an admin refunds it or decides to keep a part (`settle_return`).

    Raises:
        NotFound: there is no such order.
        WrongOrderState: it is not on its way.
        RestockTooLarge: fewer units of a product come back.
    """
    with uow:
        before = found(uow.orders.locked(order_id, owner(caller)))
        if any(line.returned for line in before.lines):
            uow.money.cancel_pending_restocks(before)
            before = found(uow.orders.locked(order_id, owner(caller)))
        after = before.after(RETURN, datetime.now(UTC))
        units = returned_units(before, restock)
        event = OrderReturned(
            **order_fields(after),
            restocked=[
                RestockedLine(product_id=each.product_id, quantity=each.restocked) for each in units if each.restocked
            ],
            written_off=[
                WrittenOffLine(product_id=each.product_id, quantity=each.written_off)
                for each in units
                if each.written_off
            ],
            dispute_status=before.dispute_status,
        )
        uow.orders.change(Change(after, RETURN.action, Actor.of(caller), event, reason), RETURN)
        uow.stock.take_back(after, caller.user_id, units, "order returned")
        uow.commit()
    return after.with_all_units_returned()


@retried
def settle_return(
    caller: Caller, order_id: int, refund_minor: Callable[[str], int], reason: str, uow: OrdersUnitOfWork
) -> Order:
    """Record how much of the money of a returned order goes back in all; refunds are requested as for other orders.

    `refund_minor` returns the amount in the minor unit of the order's currency. An amount that was recorded already
    changes nothing.

    Raises:
        NotFound: there is no such order.
        WrongOrderState: it was not returned, or holds no money, or more was refunded or is being refunded already.
        OrderDisputed: the bank has yet to decide who gets the money, or has decided against so much.
        RefundTooLarge: the amount is more than was paid.
    """
    with uow:
        before = found(uow.orders.locked(order_id, owner(caller)))
        wanted = refund_minor(before.currency)
        after = before.after(SETTLE_RETURN, datetime.now(UTC), return_refund_minor=wanted)
        if not before.captured_minor:
            raise WrongOrderState(before.status, before.payment_status, SETTLE_RETURN.refusal)
        if before.dispute_status == "open":
            raise OrderDisputed("how much goes back is decided after the dispute")
        if wanted > before.captured_minor:
            raise RefundTooLarge(FieldProblem("refund", "is more than was paid"))
        least, most = uow.money.refund_bounds(before)
        if wanted > most:
            rest = f"{to_decimal(most, before.currency)} {before.currency}"
            raise OrderDisputed(f"at most {rest} can go back, because a dispute was lost")
        if wanted < least:
            gone = f"{to_decimal(least, before.currency)} {before.currency} was refunded or is being refunded already"
            raise WrongOrderState(before.status, before.payment_status, gone)
        if before.return_refund_minor == wanted:
            return before
        event = OrderReturnSettled(
            **order_fields(after), paid_minor=before.captured_minor, return_refund_minor=wanted, reason=reason
        )
        note = f"{to_decimal(wanted, before.currency)} {before.currency}: {reason}"
        uow.orders.change(Change(after, SETTLE_RETURN.action, Actor.of(caller), event, note), SETTLE_RETURN)
        uow.commit()
    return after


def _cancellation_of(order: Order, uow: OrdersUnitOfWork) -> Transition:
    if order.state in CANCEL_FREE.moves and not order.captured_minor:
        return CANCEL_FREE
    if order.state in CANCEL_FOREIGN.moves and uow.money.is_foreign_and_back(order):
        return CANCEL_FOREIGN
    return CANCEL_REFUNDED if _is_refunded_in_review(order) else CANCEL


def _is_refunded_in_review(order: Order) -> bool:
    """Whether a payment that differed from the total was refunded in full."""
    return order.state in CANCEL_REFUNDED.moves and 0 < order.captured_minor == order.refunded_minor
