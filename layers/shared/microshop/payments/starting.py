"""Starts or resumes the payment of an order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import NotFound, PaymentOutcomeUnknown, PaymentPeriodOver, PaymentRefused, WrongOrderState
from microshop.payments.outcomes import Outcome
from microshop.payments.payment import CAPTURED_STATES, LIVE_STATES
from microshop.payments.providers.port import PaymentRequest
from microshop.payments.settling import Settlement, settle_payment
from microshop.transactions import retry_on_conflict
from microshop.values import Value

if TYPE_CHECKING:
    from typing import TypeIs

    from microshop.caller import Caller
    from microshop.orders.order import Order
    from microshop.payments.payment import Payment, ProviderName
    from microshop.payments.providers.port import Intent, IntentStatus, PaymentProvider
    from microshop.payments.unit_of_work import PaymentsUnitOfWork

# If the attempt turns out to be cancelled at the provider, one more attempt follows.
_MAX_ATTEMPTS = 2


class StartedPayment(Value):
    """The data that a front end needs to collect the payment. The secret is None if there is nothing left to pay."""

    payment_id: int
    provider: ProviderName
    status: IntentStatus
    client_secret: str | None
    publishable_key: str
    outcome: Outcome  # for the log


def start_payment(
    caller: Caller, order_id: int, provider_name: str, provider: PaymentProvider, uow: PaymentsUnitOfWork
) -> StartedPayment:
    """Start a payment of the caller's order at the provider, or resume the live attempt.

    The attempt is in the ledger before the provider gets the request, so that a lost response cannot hide a payment
    from the shop. A repeated request resumes the same attempt.

    Raises:
        NotFound: there is no such order, or it belongs to another customer.
        WrongOrderState: the order does not wait for a payment by card.
        PaymentPeriodOver: the payment period of the order is over.
        PaymentOutcomeUnknown: the provider did not answer; the order is in review until a check gets an answer.
        PaymentRefused: the provider refuses the payment.
    """
    for _ in range(_MAX_ATTEMPTS):
        payment, order = _start(caller, order_id, provider_name, uow)
        if payment.state in CAPTURED_STATES:
            key = provider.publishable_key
            return StartedPayment(payment.id, payment.provider, "captured", None, key, Outcome.NOTHING_NEW)
        intent = _request_intent(payment, order, provider, uow)
        outcome, payment, order = _settle(payment, intent, uow)
        if payment.state in LIVE_STATES or order.status != "pending":
            break
    if order.status != "pending" and intent.status != "captured":
        raise WrongOrderState(order.status, order.payment_status, "it cannot be paid by card")
    secret = intent.client_secret if intent.status == "open" else None
    return StartedPayment(payment.id, payment.provider, intent.status, secret, provider.publishable_key, outcome)


@retry_on_conflict
def _start(caller: Caller, order_id: int, provider_name: str, uow: PaymentsUnitOfWork) -> tuple[Payment, Order]:
    with uow:
        order = uow.orders.lock(order_id, caller.user_id)
        if order is None:
            raise NotFound("order")
        payment = uow.queries.live_payment(order.id)
        if payment is not None and payment.provider != provider_name and payment.state not in CAPTURED_STATES:
            uow.payments.abandon(payment, "the shop has switched to another provider")
            payment = None
        if _is_captured_by(payment, (provider_name, "free")) and order.status not in ("cancelled", "expired"):
            return payment, order
        _check_is_payable(order, payment)
        if payment is None:
            payment = uow.payments.start(order, provider_name)
        uow.commit()
    return payment, order


def _is_captured_by(payment: Payment | None, providers: tuple[str, ...]) -> TypeIs[Payment]:
    return payment is not None and payment.state == "captured" and payment.provider in providers


def _check_is_payable(order: Order, payment: Payment | None) -> None:
    is_open = payment is None or payment.state not in CAPTURED_STATES
    if order.payment_method != "card" or order.status != "pending" or not is_open:
        raise WrongOrderState(order.status, order.payment_status, "it cannot be paid by card")
    has_expired = order.expires_at is not None and order.expires_at <= datetime.now(UTC)
    if order.payment_status == "unpaid" and has_expired:
        raise PaymentPeriodOver


def _request_intent(payment: Payment, order: Order, provider: PaymentProvider, uow: PaymentsUnitOfWork) -> Intent:
    try:
        if payment.reference is not None:
            return provider.find(payment.reference)
        return provider.start(_provider_request(payment, order))
    except PaymentOutcomeUnknown as error:
        if payment.reference is None:  # `find` changes nothing, so a lost response to it does not matter
            reason = str(error)
            settle_payment(payment, uow, lambda settlement: settlement.record_unknown(reason))
        raise
    except PaymentRefused as refused:
        code, message = refused.code, refused.message
        settle_payment(payment, uow, lambda settlement: settlement.record_refusal(code, message))
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


@retry_on_conflict
def _settle(payment: Payment, intent: Intent, uow: PaymentsUnitOfWork) -> tuple[Outcome, Payment, Order]:
    with uow:
        current, order = uow.lock_payment(payment)
        outcome = Settlement(current, order, uow).settle(intent)
        settled, changed = uow.lock_payment(current)
        uow.commit()
    return outcome, settled, changed
