"""Records parcels that came back, and how much of their money goes back. changing.py says what changes share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, OrderDisputed, RefundTooLarge, WrongOrderState
from microshop.money import to_decimal
from microshop.orders.events import OrderReturned, OrderReturnSettled, RestockedLine, WrittenOffLine, order_fields
from microshop.orders.history import Actor, Change
from microshop.orders.reading import found, owner
from microshop.orders.returned_units import returned_units
from microshop.orders.states import RETURN, SETTLE_RETURN
from microshop.transactions import retried

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from microshop.caller import Caller
    from microshop.orders.order import Order
    from microshop.orders.requested_lines import RequestedLine
    from microshop.orders.unit_of_work import OrdersUnitOfWork


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
        uow.stock.restock_parcel(after, caller.user_id, units, "order returned")
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
