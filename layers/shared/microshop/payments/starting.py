"""Starts or resumes the payment of an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import NotFound, PaymentOutcomeUnknown, PaymentPeriodOver, PaymentRefused, WrongOrderState
from microshop.payments.outcomes import Outcome
from microshop.payments.payment import HOLDING_MONEY, LIVE
from microshop.payments.providers.port import PaymentRequest
from microshop.payments.settling import Settlement, settle_payment
from microshop.transactions import retried

if TYPE_CHECKING:
    from typing import TypeIs

    from microshop.caller import Caller
    from microshop.orders.order import Order
    from microshop.payments.payment import Payment, ProviderName
    from microshop.payments.providers.port import Intent, IntentStatus, PaymentProvider
    from microshop.payments.unit_of_work import PaymentsUnitOfWork

# An attempt that turns out to be cancelled is followed by another one, once.
_ROUNDS = 2


@dataclass(frozen=True)
class StartedPayment:
    """What a front end needs to have the customer pay. There is no secret if nothing is left to pay."""

    payment_id: int
    provider: ProviderName
    status: IntentStatus
    client_secret: str | None
    publishable_key: str
    outcome: Outcome  # for the log


def start_payment(
    caller: Caller, order_id: int, name: str, provider: PaymentProvider, uow: PaymentsUnitOfWork
) -> StartedPayment:
    """Begin the payment of the caller's order at the provider `name`, or resume the one that was begun.

    The attempt is in the ledger before the provider is asked: a lost answer leaves no money that the shop does not know
    of. A repeated request resumes the same attempt.

    Raises:
        NotFound: there is no such order, or it is another's.
        WrongOrderState: it does not wait for a payment by card.
        PaymentPeriodOver: it waits no longer.
        PaymentOutcomeUnknown: the provider did not answer; the order is in review until it has.
        PaymentRefused: the provider refuses it.
    """
    for _ in range(_ROUNDS):
        payment, order = _begin(caller, order_id, name, uow)
        if payment.state in HOLDING_MONEY:
            key = provider.publishable_key
            return StartedPayment(payment.id, payment.provider, "captured", None, key, Outcome.NOTHING_NEW)
        intent = _ask(payment, order, provider, uow)
        outcome, payment, order = _settle(payment, intent, uow)
        if payment.state in LIVE or order.status != "pending":
            break
    if order.status != "pending" and intent.status != "captured":
        raise WrongOrderState(order.status, order.payment_status, "it cannot be paid by card")
    secret = intent.client_secret if intent.status == "open" else None
    return StartedPayment(payment.id, payment.provider, intent.status, secret, provider.publishable_key, outcome)


@retried
def _begin(caller: Caller, order_id: int, name: str, uow: PaymentsUnitOfWork) -> tuple[Payment, Order]:
    with uow:
        order = uow.orders.locked(order_id, caller.user_id)
        if order is None:
            raise NotFound("order")
        payment = uow.queries.live_payment(order.id)
        if payment is not None and payment.provider != name and payment.state not in HOLDING_MONEY:
            uow.payments.abandon(payment, "another provider takes the payments now")
            payment = None
        if _is_captured_by(payment, (name, "free")) and order.status not in ("cancelled", "expired"):
            return payment, order
        _check_is_payable(order, payment)
        if payment is None:
            payment = uow.payments.begin(order, name)
        uow.commit()
    return payment, order


def _is_captured_by(payment: Payment | None, providers: tuple[str, ...]) -> TypeIs[Payment]:
    return payment is not None and payment.state == "captured" and payment.provider in providers


def _check_is_payable(order: Order, payment: Payment | None) -> None:
    is_open = payment is None or payment.state not in HOLDING_MONEY
    if order.payment_method != "card" or order.status != "pending" or not is_open:
        raise WrongOrderState(order.status, order.payment_status, "it cannot be paid by card")
    is_over = order.expires_at is not None and order.expires_at <= datetime.now(UTC)
    if order.payment_status == "unpaid" and is_over:
        raise PaymentPeriodOver


def _ask(payment: Payment, order: Order, provider: PaymentProvider, uow: PaymentsUnitOfWork) -> Intent:
    try:
        if payment.reference is not None:
            return provider.find(payment.reference)
        return provider.start(_provider_request(payment, order))
    except PaymentOutcomeUnknown as unsure:
        if payment.reference is None:  # a lost answer to `find` leaves nothing in doubt
            reason = str(unsure)
            settle_payment(payment, uow, lambda settlement: settlement.unknown(reason))
        raise
    except PaymentRefused as refused:
        code, message = refused.code, refused.message
        settle_payment(payment, uow, lambda settlement: settlement.refused(code, message))
        raise


def _provider_request(payment: Payment, order: Order) -> PaymentRequest:
    return PaymentRequest(
        order_id=order.id,
        order_number=order.order_number,
        attempt=payment.attempt,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        idempotency_key=payment.idempotency_key,
    )


@retried
def _settle(payment: Payment, intent: Intent, uow: PaymentsUnitOfWork) -> tuple[Outcome, Payment, Order]:
    with uow:
        current, order = uow.lock_payment(payment)
        outcome = Settlement(current, order, uow).settle(intent)
        settled, changed = uow.lock_payment(current)
        uow.commit()
    return outcome, settled, changed
