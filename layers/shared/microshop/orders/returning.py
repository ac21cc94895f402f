"""Use cases for returned orders: the return of the parcel, and the amount to refund. See also updating.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, OrderDisputed, RefundTooLarge, WrongOrderState
from microshop.money import to_decimal
from microshop.orders.auditing import record_change
from microshop.orders.events import OrderReturned, OrderReturnSettled, RestockedLine, WrittenOffLine, order_fields
from microshop.orders.history import Actor, Change
from microshop.orders.reading import require_found, visible_owner
from microshop.orders.returned_units import returned_units
from microshop.orders.states import RETURN, SETTLE_RETURN
from microshop.scopes import REFUND, WRITE_ORDERS
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from microshop.caller import Caller
    from microshop.orders.order import Order
    from microshop.orders.requested_lines import RequestedLine
    from microshop.orders.unit_of_work import OrdersUnitOfWork


@retry_on_conflict
def return_order(
    caller: Caller, order_id: int, restock: Sequence[RequestedLine], reason: str | None, uow: OrdersUnitOfWork
) -> Order:
    """Record that the parcel of an order came back; restock some units and write the others off. Returns the order.

    The order stays paid until an admin refunds it or decides to keep a part (`settle_return`).

    Raises:
        NotFound: there is no such order.
        WrongOrderState: the order is not shipped.
        RestockTooLarge: the parcel has fewer units of a product.
    """
    with uow:
        before = require_found(uow.orders.lock(order_id, visible_owner(caller, WRITE_ORDERS)))
        if any(line.returned for line in before.lines):
            uow.order_payments.cancel_pending_restocks(before)
            before = require_found(uow.orders.lock(order_id, visible_owner(caller, WRITE_ORDERS)))
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
        record_change(caller, "order.return", before, after, uow, reason=reason)
        uow.stock.restock_parcel(after, caller.user_id, units, "order returned")
        uow.commit()
    return after.with_all_units_returned()


@retry_on_conflict
def settle_return(
    caller: Caller, order_id: int, refund_minor: Callable[[str], int], reason: str, uow: OrdersUnitOfWork
) -> Order:
    """Record the total refund of a returned order. Returns the order. Refunds are requested as for other orders.

    `refund_minor` returns the amount in the minor unit of the order's currency. Recording the same amount again changes
    nothing.

    Raises:
        NotFound: there is no such order.
        WrongOrderState: the order was not returned or not paid, or a larger amount is refunded or being refunded.
        OrderDisputed: a dispute is open, or lost disputes withhold too much of the payment.
        RefundTooLarge: the amount is more than was paid.
    """
    with uow:
        before = require_found(uow.orders.lock(order_id, visible_owner(caller, REFUND)))
        total = refund_minor(before.currency)
        after = before.after(SETTLE_RETURN, datetime.now(UTC), return_refund_minor=total)
        if not before.captured_minor:
            raise WrongOrderState(before.status, before.payment_status, SETTLE_RETURN.refusal)
        if before.dispute_status == "open":
            raise OrderDisputed("settle the return after the dispute has ended")
        if total > before.captured_minor:
            raise RefundTooLarge(FieldProblem("refund", "exceeds the paid amount"))
        minimum, maximum = uow.order_payments.refund_bounds(before)
        if total > maximum:
            refundable = f"{to_decimal(maximum, before.currency)} {before.currency}"
            raise OrderDisputed(f"at most {refundable} can be refunded, because a dispute was lost")
        if total < minimum:
            refunded = f"{to_decimal(minimum, before.currency)} {before.currency}"
            refusal = f"{refunded} was refunded or is being refunded already"
            raise WrongOrderState(before.status, before.payment_status, refusal)
        if before.return_refund_minor == total:
            return before
        event = OrderReturnSettled(
            **order_fields(after), paid_minor=before.captured_minor, return_refund_minor=total, reason=reason
        )
        note = f"{to_decimal(total, before.currency)} {before.currency}: {reason}"
        uow.orders.change(Change(after, SETTLE_RETURN.action, Actor.of(caller), event, note), SETTLE_RETURN)
        record_change(caller, "order.settle_return", before, after, uow, reason=reason)
        uow.commit()
    return after
