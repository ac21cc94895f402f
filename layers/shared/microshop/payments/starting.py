"""The use case of starting or resuming the payment of an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeIs

from microshop.errors import NotFound, PaymentPeriodOver, PaymentRefused, PaymentUnsure, WrongOrderState
from microshop.payments.facts import locked_payment, take_refusal
from microshop.payments.payment import HOLDING_MONEY, LIVE, Payment
from microshop.payments.provider import Intent, IntentStatus, PaymentProvider, PaymentRequest
from microshop.payments.settling import NOTHING_NEW, Settlement
from microshop.transactions import retried

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.orders.order import Order
    from microshop.payments.repository import PaymentsUnitOfWork

# An attempt that turns out to have been called off is followed by another one, once.
_ROUNDS = 2


@dataclass(frozen=True)
class StartedPayment:
    """What a front end needs to have the customer pay. No secret where there is nothing left to pay."""

    payment_id: int
    provider: str
    status: IntentStatus
    client_secret: str | None
    publishable_key: str
    outcome: str  # what the provider's word led to, for the log


def start_payment(
    caller: Caller, order_id: int, name: str, provider: PaymentProvider, transaction: PaymentsUnitOfWork
) -> StartedPayment:
    """Begin the payment of the caller's order at the provider `name`, or go on with the one that was begun.

    The attempt is in the ledger before the provider is asked, so that no answer that gets lost leaves money that nobody
    knows of. Asking again asks for the same attempt.

    Raises:
        NotFound: there is no such order, or it is another's.
        WrongOrderState: it does not wait for a payment by card.
        PaymentPeriodOver: it waits no longer.
        PaymentUnsure: the provider did not answer; the order is in review until it has.
        PaymentRefused: the provider says no.
    """
    for _ in range(_ROUNDS):
        payment, order = _begun(caller, order_id, name, transaction)
        if payment.state in HOLDING_MONEY:
            return StartedPayment(payment.id, payment.provider, "captured", None, provider.publishable_key, NOTHING_NEW)
        intent = _asked(payment, order, provider, transaction)
        outcome, payment, order = _settled(payment, intent, transaction)
        if payment.state in LIVE or order.status != "pending":
            break
    if order.status != "pending" and intent.status != "captured":
        raise WrongOrderState(order.status, order.payment_status, "paid")
    secret = intent.client_secret if intent.status == "open" else None
    return StartedPayment(payment.id, name, intent.status, secret, provider.publishable_key, outcome)


@retried
def _begun(caller: Caller, order_id: int, name: str, transaction: PaymentsUnitOfWork) -> tuple[Payment, Order]:
    with transaction:
        order = transaction.orders.locked(order_id, caller.user_id)
        if order is None:
            raise NotFound("order")
        payment = transaction.payments.live(order.id)
        if payment is not None and payment.provider != name and payment.state not in HOLDING_MONEY:
            transaction.money.abandon(order, "another provider takes the payments now")
            payment = None
        if _is_paid_there(payment, name) and order.status not in ("cancelled", "expired"):
            return payment, order
        if order.payment_method != "card" or order.status != "pending":
            raise WrongOrderState(order.status, order.payment_status, "paid")
        if payment is not None and payment.state in HOLDING_MONEY:
            raise WrongOrderState(order.status, order.payment_status, "paid")
        if order.payment_status == "unpaid" and _is_over(order):
            raise PaymentPeriodOver
        if payment is None:
            payment = transaction.payments.begin(order, name)
        transaction.commit()
    return payment, order


def _is_paid_there(payment: Payment | None, name: str) -> TypeIs[Payment]:
    return payment is not None and payment.state == "captured" and payment.provider == name


def _is_over(order: Order) -> bool:
    return order.expires_at is not None and order.expires_at <= datetime.now(UTC)


def _asked(payment: Payment, order: Order, provider: PaymentProvider, transaction: PaymentsUnitOfWork) -> Intent:
    try:
        if payment.reference is not None:
            return provider.find(payment.reference)
        return provider.start(_request(payment, order))
    except PaymentUnsure as unsure:
        if payment.reference is None:  # no answer to a mere question leaves nothing in doubt
            _note_unsure(payment, str(unsure), transaction)
        raise
    except PaymentRefused as refused:
        take_refusal(payment, refused.code, refused.words, transaction)
        raise


def _request(payment: Payment, order: Order) -> PaymentRequest:
    return PaymentRequest(
        order_id=order.id,
        order_number=order.order_number,
        attempt=payment.attempt,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        idempotency_key=payment.idempotency_key,
    )


@retried
def _settled(payment: Payment, intent: Intent, transaction: PaymentsUnitOfWork) -> tuple[str, Payment, Order]:
    with transaction:
        again, order = locked_payment(payment, transaction)
        outcome = Settlement(again, order, transaction).settle(intent)
        settled, changed = locked_payment(again, transaction)
        transaction.commit()
    return outcome, settled, changed


@retried
def _note_unsure(payment: Payment, reason: str, transaction: PaymentsUnitOfWork) -> None:
    with transaction:
        again, order = locked_payment(payment, transaction)
        Settlement(again, order, transaction).unsure(reason)
        transaction.commit()
