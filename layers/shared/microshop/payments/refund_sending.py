"""Sends requested refunds to the provider. An admin's request sends its refund immediately, a schedule all others."""

from __future__ import annotations

from copy import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from microshop.errors import PaymentOutcomeUnknown, PaymentRefused, Unavailable
from microshop.payments.attempts import backoff
from microshop.payments.outcomes import Outcome
from microshop.payments.providers.port import RefundRequest
from microshop.payments.refund_settling import must_be_refunded, request_due_refund, settle_refund
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.payments.payment import Payment, Refund
    from microshop.payments.providers.port import FindProvider, PaymentProvider, ProviderRefund
    from microshop.payments.refund_settling import RefundSettlement
    from microshop.payments.unit_of_work import PaymentsUnitOfWork

# An admin's request sends its refund immediately. If that fails, the schedule sends the refund after this time.
SCHEDULE_TAKES_OVER_AFTER = timedelta(seconds=30)
# A customer waits for the money, so the schedule makes a refund within minutes after an outage of the provider.
_MAX_BACKOFF = timedelta(minutes=2)
_LEFT_BY_DISPUTE = "the amount that no dispute withholds"


def resolve_refund(refund: Refund, find_provider: FindProvider, uow: PaymentsUnitOfWork) -> Outcome:
    """Send a due refund to the provider, or check it there. Returns the outcome.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer.
    """
    delay = backoff(refund.checks)
    if refund.state == "requested" and not _payment_of(refund, uow).is_overdrawn:  # the end of a dispute makes it due
        delay = min(delay, _MAX_BACKOFF)
    if not uow.refunds.postpone(refund, delay):
        return Outcome.CLAIMED_ELSEWHERE
    return send_refund(refund, find_provider, uow, reraise=True)


def send_refund(
    refund: Refund, find_provider: FindProvider, uow: PaymentsUnitOfWork, *, reraise: bool = False
) -> Outcome:
    """Send a refund to the provider, unless the provider has made it already. Returns the outcome.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer; only with `reraise`.
    """
    payment = _payment_of(refund, uow)
    provider = find_provider(payment.provider)
    try:
        existing = _refunds_at_provider(refund, payment, provider)
        update = next((each for each in existing if _is_same(each, refund)), None)
        if update is None and payment.withheld_minor:
            at_provider = _with_refunds(payment, existing)
            if refund.amount_minor > at_provider.refundable_minor:
                return settle_refund(refund, uow, lambda settlement: _hold_back(settlement, existing))
        update = update or provider.refund(_provider_request(refund, payment))
    except PaymentRefused as refused:
        reason = f"{refused.code}: {refused.message}"
        return settle_refund(refund, uow, lambda settlement: _record_refusal(settlement, reason, payment))
    except Unavailable as error:
        if isinstance(error, PaymentOutcomeUnknown):
            _record_unknown(refund, str(error), uow)
        if reraise:
            raise
        return Outcome.UNKNOWN
    return settle_refund(refund, uow, lambda settlement: settlement.settle(update))


def _payment_of(refund: Refund, uow: PaymentsUnitOfWork) -> Payment:
    return next(each for each in uow.queries.payments(refund.order_id) if each.id == refund.payment_id)


def _with_refunds(payment: Payment, existing: Sequence[ProviderRefund]) -> Payment:
    """Returns the payment with the refunds that exist at the provider, instead of the reserved ones."""
    return replace(payment, refunded_minor=sum(each.amount_minor for each in existing if each.status != "failed"))


def _record_refusal(settlement: RefundSettlement, reason: str, before: Payment) -> Outcome:
    """Fail a refund that the provider refuses; `before` is the payment as it was before the call.

    If a dispute has arrived since then, it may be the reason. The refund had reserved all money, so the amount that the
    dispute leaves can be refunded only now.
    """
    outcome = settlement.record_failure(reason)
    if settlement.payment.withheld_minor > before.withheld_minor:
        request_due_refund(settlement.payment, settlement.order, settlement.uow, _LEFT_BY_DISPUTE)
    return outcome


def _hold_back(settlement: RefundSettlement, existing: Sequence[ProviderRefund]) -> Outcome:
    """Keep a refund that the provider does not have until the dispute ends, or fail it if it can no longer be made.

    It fails if the dispute is lost. It also fails if another refund at the provider leaves too little: the shop can
    record that one only after this one has released its reservation. If all money must be refunded, a refund of the
    amount that the dispute leaves replaces it; the rest follows if the dispute is won.
    """
    refund, order, uow = settlement.refund, settlement.order, settlement.uow
    payment = _with_refunds(settlement.payment, existing)
    if refund.state != "requested" or refund.amount_minor <= payment.refundable_minor:
        return Outcome.NOTHING_NEW  # another execution has sent it, or the dispute has ended
    if refund.amount_minor > payment.left_minor:
        return settlement.record_failure("another refund at the provider leaves too little")
    if payment.dispute_status == "lost":
        outcome = settlement.record_failure("the dispute of the payment was lost")
    elif payment.refundable_minor and must_be_refunded(payment, order):
        settlement.record_failure("a dispute withholds a part of it")
        outcome = Outcome.REFUND_REDUCED
    else:
        return Outcome.REFUND_HELD
    request_due_refund(settlement.payment, order, uow, _LEFT_BY_DISPUTE, payment.refundable_minor)
    return outcome


def _refunds_at_provider(refund: Refund, payment: Payment, provider: PaymentProvider) -> Sequence[ProviderRefund]:
    """Returns the payment's refunds at the provider, because an earlier request without an answer may have reached it.

    The first request of a refund skips this call. Later requests need it: a provider forgets idempotency keys after a
    day, so the key alone does not prevent a second refund.
    """
    is_new = refund.state == "requested" and datetime.now(UTC) - refund.created_at < SCHEDULE_TAKES_OVER_AFTER
    if is_new and not payment.withheld_minor:
        return []
    return provider.refunds_of(payment.reference or "")


def _is_same(update: ProviderRefund, refund: Refund) -> bool:
    return update.reference == refund.reference or (refund.reference is None and update.number == refund.number)


def _provider_request(refund: Refund, payment: Payment) -> RefundRequest:
    return RefundRequest(
        order_id=refund.order_id,
        number=refund.number,
        intent_reference=payment.reference or "",
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        idempotency_key=refund.idempotency_key,
    )


@retry_on_conflict
def _record_unknown(refund: Refund, reason: str, uow: PaymentsUnitOfWork) -> None:
    with uow:
        current, _, _ = uow.lock_refund(refund)
        now = datetime.now(UTC).isoformat()
        uow.ledger.append_refund_entry(current, "refund_unknown", reference=now, reason=reason)
        uow.commit()
