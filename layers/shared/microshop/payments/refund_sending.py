"""Has the provider make requested refunds: at once for a request, later for the schedule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from microshop.errors import PaymentOutcomeUnknown, PaymentRefused, Unavailable
from microshop.payments.attempts import pause_after
from microshop.payments.outcomes import Outcome
from microshop.payments.providers.port import RefundRequest
from microshop.payments.refund_settling import goes_back, refund_what_is_due, settle_refund
from microshop.transactions import retried

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.payments.payment import Payment, Refund
    from microshop.payments.providers.port import FindProvider, PaymentProvider, ProviderRefund
    from microshop.payments.refund_settling import RefundSettlement
    from microshop.payments.unit_of_work import PaymentsUnitOfWork

# The request itself sends its refund at once; the schedule sends it if that fails.
LEFT_TO_THE_REQUEST = timedelta(seconds=30)
# Until a refund is made, somebody waits for the money: after an outage of the provider it is made within minutes.
_LONGEST_PAUSE = timedelta(minutes=2)


def resolve_refund(refund: Refund, find_provider: FindProvider, uow: PaymentsUnitOfWork) -> Outcome:
    """Have the provider make a due refund, or check it there. Returns the outcome.

    Raises:
        PaymentOutcomeUnknown, Unavailable: the provider does not answer.
    """
    pause = pause_after(refund.checks)
    if refund.state == "requested" and not _payment_of(refund, uow).is_overdrawn:  # the end of a dispute makes it due
        pause = min(pause, _LONGEST_PAUSE)
    if not uow.refunds.postpone(refund, pause):
        return Outcome.CLAIMED_ELSEWHERE
    return send_refund(refund, find_provider, uow, raising=True)


def send_refund(
    refund: Refund, find_provider: FindProvider, uow: PaymentsUnitOfWork, *, raising: bool = False
) -> Outcome:
    """Have the provider make a refund, unless it has done so. Returns the outcome.

    Raises:
        PaymentOutcomeUnknown, Unavailable: if `raising`, the provider does not answer.
    """
    payment = _payment_of(refund, uow)
    provider = find_provider(payment.provider)
    try:
        made = _made_at_provider(refund, payment, provider)
        update = next((each for each in made if _is_same(each, refund)), None)
        if update is None and payment.withheld_minor and refund.amount_minor > _left(payment, made).refundable_minor:
            return settle_refund(refund, uow, lambda settlement: _hold(settlement, made))
        update = update or provider.refund(_provider_request(refund, payment))
    except PaymentRefused as refused:
        reason = f"{refused.code}: {refused.message}"
        return settle_refund(refund, uow, lambda settlement: _refused(settlement, reason, payment))
    except Unavailable as error:
        if isinstance(error, PaymentOutcomeUnknown):
            _record_unknown(refund, str(error), uow)
        if raising:
            raise
        return Outcome.UNKNOWN
    return settle_refund(refund, uow, lambda settlement: settlement.settle(update))


def _payment_of(refund: Refund, uow: PaymentsUnitOfWork) -> Payment:
    return next(each for each in uow.queries.payments(refund.order_id) if each.id == refund.payment_id)


def _left(payment: Payment, made: Sequence[ProviderRefund]) -> Payment:
    """Returns the payment with the refunds that the provider has, instead of those that are reserved."""
    return replace(payment, refunded_minor=sum(each.amount_minor for each in made if each.status != "failed"))


def _refused(settlement: RefundSettlement, reason: str, asked: Payment) -> Outcome:
    """The provider refuses a refund, which was requested with the payment as `asked`.

    A dispute that arrived since then may be the reason: it found all money reserved, so what it leaves is due now.
    """
    outcome = settlement.failed(reason)
    if settlement.payment.withheld_minor > asked.withheld_minor:
        refund_what_is_due(settlement.payment, settlement.order, settlement.uow, "what the dispute leaves")
    return outcome


def _hold(settlement: RefundSettlement, made: Sequence[ProviderRefund]) -> Outcome:
    """Keep a refund that the provider does not have until the dispute ends, unless it can no longer be made.

    A lost dispute ends it. So does another refund that was made at the provider and leaves too little: as long as this
    one reserved the money, the other could not be entered. If all money goes back, it gives way to a refund of what the
    dispute leaves; the rest is refunded if the dispute is won.
    """
    refund, order, uow = settlement.refund, settlement.order, settlement.uow
    left = _left(settlement.payment, made)
    if refund.state != "requested" or refund.amount_minor <= left.refundable_minor:
        return Outcome.NOTHING_NEW  # it was made, or the dispute has ended meanwhile
    if refund.amount_minor > left.left_minor:
        return settlement.failed("another refund at the provider has left less")
    if left.dispute_status == "lost":
        outcome = settlement.failed("the dispute of the payment was lost")
    elif left.refundable_minor and goes_back(left, order):
        settlement.failed("a dispute withholds a part of it")
        outcome = Outcome.REFUND_REDUCED
    else:
        return Outcome.REFUND_HELD
    refund_what_is_due(settlement.payment, order, uow, "what the dispute leaves", left.refundable_minor)
    return outcome


def _made_at_provider(refund: Refund, payment: Payment, provider: PaymentProvider) -> Sequence[ProviderRefund]:
    """Returns the payment's refunds at the provider: a request that got no answer may have reached it.

    Only the request itself does not ask. Later the key alone does not prevent a second refund: a provider forgets
    idempotency keys after a day.
    """
    is_new = refund.state == "requested" and datetime.now(UTC) - refund.created_at < LEFT_TO_THE_REQUEST
    if is_new and not payment.withheld_minor:
        return []
    return provider.refunds_of(payment.reference or "")


def _is_same(made: ProviderRefund, refund: Refund) -> bool:
    return made.reference == refund.reference or (refund.reference is None and made.number == refund.number)


def _provider_request(refund: Refund, payment: Payment) -> RefundRequest:
    return RefundRequest(
        order_id=refund.order_id,
        number=refund.number,
        intent_reference=payment.reference or "",
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        idempotency_key=refund.idempotency_key,
    )


@retried
def _record_unknown(refund: Refund, reason: str, uow: PaymentsUnitOfWork) -> None:
    with uow:
        current, _, _ = uow.lock_refund(refund)
        now = datetime.now(UTC).isoformat()
        uow.ledger.append_refund_entry(current, "refund_unknown", reference=now, reason=reason)
        uow.commit()
