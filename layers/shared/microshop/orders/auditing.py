"""The rows of the audit log for changes of orders. order_history has every change, also those of customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.changes import changed_fields

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.orders.order import Order
    from microshop.orders.unit_of_work import OrdersUnitOfWork

_FIELDS = (
    "status",
    "payment_status",
    "captured_minor",
    "refunded_minor",
    "carrier",
    "tracking_number",
    "return_refund_minor",
)


def record_change(
    caller: Caller, action: str, before: Order, after: Order, uow: OrdersUnitOfWork, **given: object
) -> None:
    """Add the row of a change of an order. `given` are fields of the request that the order does not have.

    Call it before units are restocked, which locks the products until the commit.
    """
    fields = [{name: getattr(order, name) for name in _FIELDS} for order in (before, after)]
    changes = changed_fields(fields[0], fields[1] | given)
    uow.audit.record(caller, action, "order", before.id, changes)
