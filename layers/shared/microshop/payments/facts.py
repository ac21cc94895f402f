"""Takes in what a payment provider tells, whoever asked it: each one transaction under the order's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import TransactionConflict
from microshop.payments.payment import FOUND, HOLDING_MONEY, Payment, Refund
from microshop.payments.provider import Dispute, Intent, ProviderEvent, ProviderRefund
from microshop.payments.refund_settling import RefundSettlement
from microshop.payments.settling import Settlement
from microshop.transactions import retried

if TYPE_CHECKING:
    from microshop.orders.order import Order
    from microshop.payments.repository import PaymentsUnitOfWork

UNKNOWN_PAYMENT = "unknown payment"
DUPLICATE = "duplicate"
IGNORED = "ignored"
REFUND_WAITS = "refund waits for another"
# What somebody has to look at; counted as payments_to_review_total (reporting.py).
ALARMING = frozenset({"mismatch", "stray", "paid late", "refund failed", "disputed", "too much refunded"})


@retried
def take_intent(provider: str, intent: Intent, transaction: PaymentsUnitOfWork) -> str:
    """Settle what became of an attempt; what that did, in a few words."""
    with transaction:
        outcome, _ = _settle_intent(provider, intent, transaction)
        transaction.commit()
    return outcome


@retried
def take_refusal(payment: Payment, code: str, words: str, transaction: PaymentsUnitOfWork) -> str:
    """Settle that the provider does not have an attempt and will not; what that did, in a few words."""
    with transaction:
        again, order = locked_payment(payment, transaction)
        outcome = Settlement(again, order, transaction).refused(code, words)
        transaction.commit()
    return outcome


def take_absence(payment: Payment, transaction: PaymentsUnitOfWork) -> str:
    """Settle that an attempt never reached the provider; what that did, in a few words."""
    return take_refusal(payment, "never_made", "the provider does not have it", transaction)


@retried
def take_refund(provider: str, refund: ProviderRefund, transaction: PaymentsUnitOfWork) -> str:
    """Settle what became of a refund, also of one that was made at the provider without the shop."""
    with transaction:
        outcome, _ = _settle_refund(provider, refund, transaction)
        transaction.commit()
    return outcome


@retried
def take_event(provider: str, event: ProviderEvent, transaction: PaymentsUnitOfWork) -> str:
    """Settle what a webhook tells, once: its id is recorded in the transaction of its effect."""
    with transaction:
        outcome, payment = _settle_event(provider, event, transaction)
        payment_id = payment.id if payment else None
        if not transaction.payments.record_event(provider, event.id, event.type, outcome, payment_id):
            return DUPLICATE  # and nothing of it is committed
        transaction.commit()
    return outcome


def locked_payment(payment: Payment, transaction: PaymentsUnitOfWork) -> tuple[Payment, Order]:
    """A payment as it is once its order is locked, and that order."""
    order = transaction.orders.locked(payment.order_id, None)
    again = next((each for each in transaction.payments.of_order(payment.order_id) if each.id == payment.id), None)
    if order is None or again is None:
        raise TransactionConflict("a payment or its order is gone")
    return again, order


def locked_refund(refund: Refund, transaction: PaymentsUnitOfWork) -> tuple[Refund, Payment, Order]:
    """A refund as it is once its order is locked, with its payment and that order."""
    order = transaction.orders.locked(refund.order_id, None)
    again = transaction.payments.refund(refund.id)
    payments = transaction.payments.of_order(refund.order_id)
    payment = next((each for each in payments if each.id == refund.payment_id), None)
    if order is None or again is None or payment is None:
        raise TransactionConflict("a refund or its order is gone")
    return again, payment, order


def _settle_event(provider: str, event: ProviderEvent, transaction: PaymentsUnitOfWork) -> tuple[str, Payment | None]:
    match event.about:
        case Intent() as intent:
            return _settle_intent(provider, intent, transaction)
        case ProviderRefund() as refund:
            return _settle_refund(provider, refund, transaction)
        case Dispute() as dispute:
            return _note_dispute(provider, dispute, transaction)
        case None:
            return IGNORED, None


def _settle_intent(provider: str, intent: Intent, transaction: PaymentsUnitOfWork) -> tuple[str, Payment | None]:
    found = _payment_of(provider, intent, transaction)
    if found is None:
        return UNKNOWN_PAYMENT, None
    payment, order = locked_payment(found, transaction)
    return Settlement(payment, order, transaction).settle(intent), payment


def _payment_of(provider: str, intent: Intent, transaction: PaymentsUnitOfWork) -> Payment | None:
    """By the provider's reference; where the shop has not noted that yet, by its own number of the attempt."""
    known = transaction.payments.by_reference(provider, intent.reference)
    if known is not None or intent.order_id is None or intent.attempt is None:
        return known
    numbered = transaction.payments.by_attempt(provider, intent.order_id, intent.attempt)
    # Another intent that claims the same attempt was not made by this shop.
    return numbered if numbered is not None and numbered.reference is None else None


def _settle_refund(provider: str, told: ProviderRefund, transaction: PaymentsUnitOfWork) -> tuple[str, Payment | None]:
    found = told.intent_reference and transaction.payments.by_reference(provider, told.intent_reference)
    if not found:
        return UNKNOWN_PAYMENT, None
    payment, order = locked_payment(found, transaction)
    if payment.state not in HOLDING_MONEY:
        # The refund came before the news of what it refunds: the provider is asked for both.
        transaction.payments.check_soon(payment)
        return "refund before payment", payment
    refund = _known(told, payment, transaction)
    if refund is not None:
        return RefundSettlement(refund, payment, order, transaction).settle(told), payment
    return _made_elsewhere(told, payment, order, transaction), payment


def _known(told: ProviderRefund, payment: Payment, transaction: PaymentsUnitOfWork) -> Refund | None:
    for refund in transaction.payments.refunds(payment.order_id):
        if refund.payment_id == payment.id and (
            refund.reference == told.reference or (refund.reference is None and refund.number == told.number)
        ):
            return refund
    return None


def _made_elsewhere(told: ProviderRefund, payment: Payment, order: Order, transaction: PaymentsUnitOfWork) -> str:
    """Enter a refund that somebody made at the provider; an order that is over then gives back the rest."""
    if told.status == "failed":
        failure = told.failure or "no reason given"
        transaction.payments.enter_failed(payment, told.amount_minor, told.reference, failure)
        return IGNORED
    if told.amount_minor > payment.left_minor or told.currency != payment.currency:
        if all(each.state != "requested" for each in transaction.payments.refunds(order.id)):
            return "too much refunded"
        # The provider will refuse what the shop has requested meanwhile, and there is room for this one then.
        if payment.next_check_at is None:
            transaction.payments.check_soon(payment)
        return REFUND_WAITS
    refund = transaction.payments.request_refund(payment, told.amount_minor, "found", reason=FOUND)
    held, _ = locked_payment(payment, transaction)
    outcome = RefundSettlement(refund, held, order, transaction).settle(told)
    if order.status in ("cancelled", "expired") and held.left_minor:
        transaction.payments.request_refund(
            held, held.left_minor, "cancelled", reason="the rest of an order that is over"
        )
    return outcome


def _note_dispute(provider: str, dispute: Dispute, transaction: PaymentsUnitOfWork) -> tuple[str, Payment | None]:
    found = dispute.intent_reference and transaction.payments.by_reference(provider, dispute.intent_reference)
    if not found:
        return UNKNOWN_PAYMENT, None
    payment, _ = locked_payment(found, transaction)
    transaction.payments.enter(
        payment,
        "dispute_closed" if dispute.closed else "disputed",
        reference=dispute.reference,
        reason=dispute.closed or dispute.reason,
        amount_minor=dispute.amount_minor,
        currency=dispute.currency,
    )
    return ("dispute closed" if dispute.closed else "disputed"), payment
