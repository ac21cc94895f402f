"""Applies provider updates (webhook, poll, reconciliation) under the order lock, each in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import Conflict
from microshop.payments.dispute_settling import settle_dispute
from microshop.payments.outcomes import Outcome
from microshop.payments.payment import CAPTURED_STATES, EXTERNAL_REFUND_REASON, Payment, Refund
from microshop.payments.providers.port import Intent, ProviderDispute, ProviderRefund, UnusableEvent
from microshop.payments.refund_settling import RefundSettlement, request_due_refund
from microshop.payments.settling import Settlement, settle_payment
from microshop.platform.mysql_errors import ConstraintRefused
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.orders.order import Order
    from microshop.payments.providers.port import ProviderEvent, Update
    from microshop.payments.unit_of_work import PaymentsUnitOfWork


@retry_on_conflict
def apply_update(provider: str, update: Update, uow: PaymentsUnitOfWork) -> Outcome:
    """Apply the current state of an intent, refund or dispute. Returns the outcome."""
    with uow:
        outcome, _ = settle_update(provider, update, uow)
        uow.commit()
    return outcome


def apply_event(provider: str, event: ProviderEvent, uow: PaymentsUnitOfWork) -> tuple[Outcome, Payment | None]:
    """Apply a webhook event once: its id is stored in the same transaction as its effect.

    Returns the outcome, and the payment if the shop knows it.

    Raises:
        UnusableEvent: the payment or the order does not allow the update. The event's id is not stored, so the event
            can be resent.
    """
    try:
        return _apply_event(provider, event, uow)
    except (Conflict, ConstraintRefused) as refused:
        raise UnusableEvent(event.id, event.type, f"{type(refused).__name__}: {refused}") from None


@retry_on_conflict
def _apply_event(provider: str, event: ProviderEvent, uow: PaymentsUnitOfWork) -> tuple[Outcome, Payment | None]:
    with uow:
        outcome, payment = Outcome.IGNORED, None
        if event.update is not None:
            outcome, payment = settle_update(provider, event.update, uow)
        if not uow.provider_events.add(provider, event.id, event.type, outcome, payment.id if payment else None):
            return Outcome.DUPLICATE, payment  # rolls back
        uow.commit()
    return outcome, payment


def apply_refusal(payment: Payment, code: str, message: str, uow: PaymentsUnitOfWork) -> Outcome:
    """Record that the provider has refused an attempt and does not have it. Returns the outcome."""
    return settle_payment(payment, uow, lambda settlement: settlement.record_refusal(code, message))


def apply_absence(payment: Payment, uow: PaymentsUnitOfWork) -> Outcome:
    """Record that an attempt never reached the provider. Returns the outcome."""
    return apply_refusal(payment, "never_made", "the provider does not have it", uow)


def settle_update(provider: str, update: Update, uow: PaymentsUnitOfWork) -> tuple[Outcome, Payment | None]:
    """Apply an update within the open transaction. Returns the outcome, and the payment if the shop knows it."""
    match update:
        case Intent():
            return _settle_intent(provider, update, uow)
        case ProviderRefund():
            return _settle_refund(provider, update, uow)
        case ProviderDispute():
            return _settle_dispute(provider, update, uow)


def _settle_intent(provider: str, intent: Intent, uow: PaymentsUnitOfWork) -> tuple[Outcome, Payment | None]:
    found = _find_payment(provider, intent, uow)
    if found is None:
        return (Outcome.FOREIGN if intent.foreign else Outcome.UNKNOWN_PAYMENT), None
    payment, order = uow.lock_payment(found)
    return Settlement(payment, order, uow).settle(intent), payment


def _find_payment(provider: str, intent: Intent, uow: PaymentsUnitOfWork) -> Payment | None:
    """Find the payment by the provider's reference, or by order and attempt if the shop has no reference yet."""
    by_reference = uow.queries.payment_by_reference(provider, intent.reference)
    if by_reference is not None or intent.foreign or intent.order_id is None or intent.attempt is None:
        return by_reference
    by_attempt = uow.queries.payment_by_attempt(provider, intent.order_id, intent.attempt)
    # If the attempt has another reference already, this shop did not create the intent.
    return by_attempt if by_attempt is not None and by_attempt.reference is None else None


def _settle_refund(provider: str, update: ProviderRefund, uow: PaymentsUnitOfWork) -> tuple[Outcome, Payment | None]:
    found = update.intent_reference and uow.queries.payment_by_reference(provider, update.intent_reference)
    if not found:
        return (Outcome.FOREIGN if update.foreign else Outcome.UNKNOWN_PAYMENT), None
    payment, order = uow.lock_payment(found)
    if payment.state not in CAPTURED_STATES:
        uow.payments.schedule_check(payment)
        return Outcome.REFUND_BEFORE_PAYMENT, payment
    refund = _find_refund(update, payment, uow)
    if refund is not None:
        return RefundSettlement(refund, payment, order, uow).settle(update), payment
    return _add_external_refund(update, payment, order, uow), payment


def _find_refund(update: ProviderRefund, payment: Payment, uow: PaymentsUnitOfWork) -> Refund | None:
    for refund in uow.queries.refunds(payment.order_id):
        if refund.payment_id == payment.id and (
            refund.reference == update.reference or (refund.reference is None and refund.number == update.number)
        ):
            return refund
    return None


def _add_external_refund(update: ProviderRefund, payment: Payment, order: Order, uow: PaymentsUnitOfWork) -> Outcome:
    """Add a refund that was made at the provider, not by the shop. If the order has ended, refund the rest as well."""
    if update.status == "failed":
        uow.refunds.add_failed(payment, update.amount_minor, update.reference, update.failure or "no reason given")
        return Outcome.IGNORED
    if update.amount_minor > payment.left_minor or update.currency != payment.currency:
        return _handle_excess(payment, uow)
    refund = uow.refunds.request(payment, update.amount_minor, "found", reason=EXTERNAL_REFUND_REASON)
    current, _ = uow.lock_payment(payment)
    outcome = RefundSettlement(refund, current, order, uow).settle(update)
    request_due_refund(current, order, uow, "the rest, because the order has ended")
    return outcome


def _handle_excess(payment: Payment, uow: PaymentsUnitOfWork) -> Outcome:
    if all(refund.state != "requested" for refund in uow.queries.refunds(payment.order_id)):
        return Outcome.TOO_MUCH_REFUNDED
    # The provider will refuse the refund that the shop has requested. That releases the amount for this one.
    if payment.next_check_at is None:
        uow.payments.schedule_check(payment)
    return Outcome.REFUND_WAITS_FOR_ANOTHER


def _settle_dispute(provider: str, update: ProviderDispute, uow: PaymentsUnitOfWork) -> tuple[Outcome, Payment | None]:
    found = update.intent_reference and uow.queries.payment_by_reference(provider, update.intent_reference)
    if not found:
        return Outcome.UNKNOWN_PAYMENT, None
    payment, order = uow.lock_payment(found)
    return settle_dispute(update, payment, order, uow), payment
