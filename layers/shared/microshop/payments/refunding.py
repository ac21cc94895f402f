"""The use cases of refunds: to request one, and to have it made at the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from microshop.errors import (
    FieldProblem,
    IdempotencyKeyReused,
    NotFound,
    PaymentRefused,
    PaymentUnsure,
    RefundTooLarge,
    Unavailable,
    WrongOrderState,
)
from microshop.payments.facts import locked_refund
from microshop.payments.provider import FindProvider, PaymentProvider, ProviderRefund, RefundRequest
from microshop.payments.refund_settling import RefundSettlement
from microshop.payments.resolving import CLAIMED_ELSEWHERE, pause_after
from microshop.transactions import retried

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.payments.payment import Payment, Refund, RestockLine
    from microshop.payments.repository import PaymentsUnitOfWork

# Whoever requested a refund sends it at once; the schedule takes it up if that fails.
_LEFT_TO_THE_REQUEST = timedelta(seconds=30)


@dataclass(frozen=True)
class RefundOrder:
    """What an admin asks for. No amount means all that is left."""

    amount_minor: int | None
    reason: str | None
    restock: Sequence[RestockLine] = ()


def refund_order(
    caller: Caller,
    order_id: int,
    wanted: RefundOrder,
    key: IdempotencyKey | None,
    *,
    find_provider: FindProvider,
    transaction: PaymentsUnitOfWork,
) -> Refund:
    """Request a refund and have it made; as it is then, which is `requested` still where the provider did not answer.

    Such a refund is made later by the schedule, or when the request comes again with its key.

    Raises:
        NotFound: there is no such order.
        WrongOrderState: nothing was captured for it.
        RefundTooLarge: more is asked back than is left, of the money or of a line's units.
        IdempotencyKeyReused: the key came with another request before.
    """
    refund = _requested(caller, order_id, wanted, key, transaction)
    if refund.state == "requested":
        send_refund(refund, find_provider, transaction)
    return transaction.payments.refund(refund.id) or refund


def resolve_refund(refund: Refund, find_provider: FindProvider, transaction: PaymentsUnitOfWork) -> str:
    """Make a refund that is due, or ask what became of it; what that did, in a few words.

    Raises:
        PaymentUnsure, Unavailable: the provider does not answer.
    """
    if not transaction.payments.postpone_refund(refund, pause_after(refund.checks)):
        return CLAIMED_ELSEWHERE
    return send_refund(refund, find_provider, transaction, raising=True)


def send_refund(
    refund: Refund,
    find_provider: FindProvider,
    transaction: PaymentsUnitOfWork,
    *,
    raising: bool = False,
) -> str:
    """Have the provider make a refund, unless it has; what that did, in a few words.

    Raises:
        PaymentUnsure, Unavailable: if `raising`, the provider does not answer.
    """
    payments = transaction.payments.of_order(refund.order_id)
    payment = next(each for each in payments if each.id == refund.payment_id)
    provider = find_provider(payment.provider)
    try:
        told = _made_before(refund, payment, provider) or provider.refund(_request(refund, payment))
    except PaymentRefused as refused:
        return _failed(refund, f"{refused.code}: {refused.words}", transaction)
    except Unavailable as error:
        if isinstance(error, PaymentUnsure):
            _note_unsure(refund, str(error), transaction)
        if raising:
            raise
        return "unknown"
    return _settled(refund, told, transaction)


@retried
def _requested(
    caller: Caller,
    order_id: int,
    wanted: RefundOrder,
    key: IdempotencyKey | None,
    transaction: PaymentsUnitOfWork,
) -> Refund:
    with transaction:
        order = transaction.orders.locked(order_id, None)
        if order is None:
            raise NotFound("order")
        if key is not None and (asked := transaction.payments.refund_of_request(caller.user_id, key.key)):
            refund, fingerprint = asked
            if fingerprint != key.fingerprint:
                raise IdempotencyKeyReused
            return refund
        payment = transaction.payments.live(order.id)
        if payment is None or not payment.captured_minor or order.status == "pending":
            raise WrongOrderState(order.status, order.payment_status, "refunded")
        amount = payment.left_minor if wanted.amount_minor is None else wanted.amount_minor
        if not amount:
            raise RefundTooLarge(FieldProblem("amount", "nothing is left to refund"))
        refund = transaction.payments.request_refund(
            payment,
            amount,
            "requested",
            reason=wanted.reason,
            requested_by=caller.user_id,
            key=key,
            restock=wanted.restock,
            check_in=_LEFT_TO_THE_REQUEST,
        )
        transaction.commit()
    return refund


def _made_before(refund: Refund, payment: Payment, provider: PaymentProvider) -> ProviderRefund | None:
    """The refund as the provider has it, where it may have it: a request that got no answer may have been heard.

    Later than the request itself it is always asked: a provider forgets idempotency keys after a day.
    """
    if refund.state == "requested" and datetime.now(UTC) - refund.created_at < _LEFT_TO_THE_REQUEST:
        return None
    for made in provider.refunds_of(payment.reference or ""):
        if made.reference == refund.reference or (refund.reference is None and made.number == refund.number):
            return made
    return None


def _request(refund: Refund, payment: Payment) -> RefundRequest:
    return RefundRequest(
        order_id=refund.order_id,
        number=refund.number,
        intent_reference=payment.reference or "",
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        idempotency_key=refund.idempotency_key,
    )


@retried
def _settled(refund: Refund, told: ProviderRefund, transaction: PaymentsUnitOfWork) -> str:
    with transaction:
        again, payment, order = locked_refund(refund, transaction)
        outcome = RefundSettlement(again, payment, order, transaction).settle(told)
        transaction.commit()
    return outcome


@retried
def _failed(refund: Refund, reason: str, transaction: PaymentsUnitOfWork) -> str:
    with transaction:
        again, payment, order = locked_refund(refund, transaction)
        if again.state == "failed":
            return "nothing new"
        outcome = RefundSettlement(again, payment, order, transaction).failed(reason)
        transaction.commit()
    return outcome


@retried
def _note_unsure(refund: Refund, reason: str, transaction: PaymentsUnitOfWork) -> None:
    with transaction:
        _, payment, _ = locked_refund(refund, transaction)
        transaction.payments.enter(
            payment,
            "refund_unknown",
            reference=datetime.now(UTC).isoformat(),
            reason=reason,
            amount_minor=refund.amount_minor,
            refund_id=refund.id,
        )
        transaction.commit()
