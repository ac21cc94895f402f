"""Requests refunds for admins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.changes import changed_fields
from microshop.errors import (
    FieldProblem,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    OrderDisputed,
    RefundTooLarge,
    WrongOrderState,
)
from microshop.money import to_decimal
from microshop.payments.payment import CAPTURED_STATES
from microshop.payments.providers import charge_limits
from microshop.payments.refund_sending import SCHEDULE_TAKES_OVER_AFTER, send_refund
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.audit.changes import Changes
    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.orders.order import Order
    from microshop.payments.payment import Payment, Refund, RequestedRefund
    from microshop.payments.providers.port import FindProvider
    from microshop.payments.unit_of_work import PaymentsUnitOfWork

# Per order; one more may refund the whole rest. One response lists all refunds, and Lambda limits its size.
MAX_REFUNDS = 100


def refund_order(
    caller: Caller,
    order_id: int,
    requested: RequestedRefund,
    key: IdempotencyKey | None,
    *,
    find_provider: FindProvider,
    uow: PaymentsUnitOfWork,
) -> Refund:
    """Request a refund and send it to the provider. Returns the refund in its state after that.

    If the provider does not answer, the refund is still `requested`: the schedule sends it later, or the client does by
    repeating the request with its key. A refund of an order with nothing to pay has the amount 0 and restocks units.

    Raises:
        NotFound: there is no such order.
        WrongOrderState: the order has no captured payment.
        InvalidInput: the amount is 0, or has more decimals than the currency or the provider permits.
        OrderDisputed: the payment has enough left, but open or lost disputes withhold too much of it.
        RefundTooLarge: the payment or a line has less left, or the order has too many refunds.
        IdempotencyKeyReused: the key was sent with another request before.
    """
    refund = _request(caller, order_id, requested, key, uow)
    if refund.state == "requested":
        send_refund(refund, find_provider, uow)
    return uow.queries.refund(refund.id) or refund


@retry_on_conflict
def _request(
    caller: Caller, order_id: int, requested: RequestedRefund, key: IdempotencyKey | None, uow: PaymentsUnitOfWork
) -> Refund:
    with uow:
        order = uow.orders.lock(order_id, None)
        if order is None:
            raise NotFound("order")
        if key is not None and (earlier := uow.queries.refund_of_request(caller.user_id, key.key)):
            refund, fingerprint = earlier
            if fingerprint != key.fingerprint:
                raise IdempotencyKeyReused
            return refund
        payment = uow.queries.live_payment(order.id)
        in_review = payment is not None and payment.state == "mismatched" and not requested.restock
        if payment is None or payment.state not in CAPTURED_STATES or (order.status == "pending" and not in_review):
            raise WrongOrderState(order.status, order.payment_status, "it cannot be refunded")
        amount = _amount_minor(requested, payment, order)
        if payment.refundable_minor < (amount or payment.left_minor) <= payment.left_minor:
            raise OrderDisputed(f"{_refundable(payment)} can be refunded unless the dispute is won")
        if not amount and (payment.captured_minor or not requested.restock):
            raise RefundTooLarge(FieldProblem("amount", "nothing is left to refund"))
        refund = uow.refunds.request(
            payment,
            amount,
            "requested",
            reason=requested.reason,
            requested_by=caller.user_id,
            key=key,
            restock=requested.restock,
            check_in=SCHEDULE_TAKES_OVER_AFTER,
        )
        if refund.number > MAX_REFUNDS:
            _require_refund_of_rest(order, payment, amount, requested)
        uow.audit.record(caller, "order.refund", "order", order.id, _changes_of(refund, requested))
        uow.commit()
    return refund


def _changes_of(refund: Refund, requested: RequestedRefund) -> Changes:
    units = [[line.product_id, line.quantity] for line in requested.restock]
    fields = {"refund_id": refund.id, "amount_minor": refund.amount_minor, "restock": units, "reason": requested.reason}
    return changed_fields({}, fields)


def _require_refund_of_rest(order: Order, payment: Payment, amount: int, requested: RequestedRefund) -> None:
    if amount < payment.refundable_minor:
        raise RefundTooLarge(FieldProblem("amount", f"must be the whole remaining amount after {MAX_REFUNDS} refunds"))
    left = sum(line.unreturned for line in order.lines)
    if not amount and sum(line.quantity for line in requested.restock) < left:
        raise RefundTooLarge(FieldProblem("restock", f"must be all remaining units after {MAX_REFUNDS} refunds"))


def _amount_minor(requested: RequestedRefund, payment: Payment, order: Order) -> int:
    amount = requested.amount_minor(payment.currency)
    if amount is None:
        return _default_amount_minor(payment, order)
    if not amount and payment.captured_minor:
        raise InvalidInput(FieldProblem("amount", "must be more than 0"))
    limits = charge_limits(payment.provider, payment.currency)
    if limits is not None and (problem := limits.problem_of_amount(amount)):
        raise InvalidInput(FieldProblem("amount", problem))
    return amount


def _default_amount_minor(payment: Payment, order: Order) -> int:
    """Returns the amount of a request that names none: all that is refundable, or the rest of a return's settlement."""
    if order.return_refund_minor is None:
        return payment.refundable_minor
    return min(payment.refundable_minor, max(order.return_refund_minor - payment.refunded_minor, 0))


def _refundable(payment: Payment) -> str:
    if not payment.refundable_minor:
        return "nothing"
    return f"at most {to_decimal(payment.refundable_minor, payment.currency)} {payment.currency}"
