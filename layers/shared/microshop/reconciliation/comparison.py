"""Rules that compare a provider's payments and refunds with the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.payments.payment import CAPTURED_STATES
from microshop.reconciliation.check import CheckName, money
from microshop.values import Value

if TYPE_CHECKING:
    from microshop.orders.dispute_status import DisputeStatus
    from microshop.payments.payment import PaymentState, RefundState
    from microshop.payments.providers.port import Intent, ProviderDispute, ProviderRefund

_DASHBOARD = "Compare the provider's dashboard with the order's history, and correct the wrong one manually."
_UNKNOWN = (
    "The shop did not start this payment. Find out in the provider's dashboard who did. If you cannot, refund it there."
)
# The provider's status of a refund → the states in the ledger that agree with it.
_AGREEING: dict[str, frozenset[RefundState]] = {
    "pending": frozenset({"requested", "pending"}),
    "succeeded": frozenset({"succeeded"}),
    "failed": frozenset({"failed"}),
}


class RecordedPayment(Value):
    """A payment in the ledger."""

    id: int
    order_id: int
    reference: str | None
    state: PaymentState
    captured_minor: int
    currency: str


class RecordedRefund(Value):
    """A refund in the ledger; `intent_reference` is the provider's reference of its payment."""

    id: int
    order_id: int
    number: int
    reference: str | None
    intent_reference: str | None
    state: RefundState
    amount_minor: int
    currency: str


class RecordedDispute(Value):
    """A dispute in the shop's books; `movements` are the references of its fund movements in the ledger."""

    id: int
    order_id: int
    reference: str
    status: DisputeStatus
    amount_minor: int
    currency: str
    movements: frozenset[str]


class Difference(Value):
    """A disagreement with the provider. If `is_repairable`, applying the provider's state ends it."""

    check: CheckName
    subject: str
    explanation: str
    to_do: str
    is_repairable: bool


def compare_payment(reported: Intent | None, recorded: RecordedPayment | None) -> Difference | None:
    """Returns how a payment at the provider and in the ledger differ, or None. Each side is None if it has no payment.

    A payment of another shop on the same account is not a difference.
    """
    if recorded is None and reported is not None and reported.foreign:
        return None
    if reported is not None and reported.status == "captured":
        return _compare_captured(reported, recorded)
    if recorded is None or recorded.state not in CAPTURED_STATES:
        return None
    status = f"reports it as {reported.status}" if reported else "does not know it"
    return Difference(
        CheckName.CAPTURE_MISSING_AT_PROVIDER,
        f"payment:{recorded.id}",
        f"Payment {recorded.id} ({recorded.reference}) of order {recorded.order_id} is {recorded.state} with "
        f"{money(recorded.captured_minor, recorded.currency)}, but the provider {status}.",
        "Do not ship the order before it is clear whether it was paid. " + _DASHBOARD,
        is_repairable=False,
    )


def _compare_captured(reported: Intent, recorded: RecordedPayment | None) -> Difference | None:
    captured = f"The provider has captured {money(reported.captured_minor, reported.currency)} for {reported.reference}"
    if recorded is None:
        explanation = f"{captured}, which is not in the ledger."
        subject = f"reference:{reported.reference}"
        return Difference(CheckName.CAPTURE_MISSING_IN_LEDGER, subject, explanation, _UNKNOWN, is_repairable=False)
    subject, named = f"payment:{recorded.id}", f"payment {recorded.id} of order {recorded.order_id}"
    if recorded.state not in CAPTURED_STATES:
        explanation = f"{captured}; in the ledger {named} is only {recorded.state}."
        return Difference(CheckName.CAPTURE_MISSING_IN_LEDGER, subject, explanation, _DASHBOARD, is_repairable=True)
    if (reported.captured_minor, reported.currency) == (recorded.captured_minor, recorded.currency):
        return None
    explanation = f"{captured}; in the ledger {named} has {money(recorded.captured_minor, recorded.currency)}."
    return Difference(
        CheckName.CAPTURED_AMOUNT_DIFFERS_FROM_PROVIDER, subject, explanation, _DASHBOARD, is_repairable=False
    )


def compare_refund(reported: ProviderRefund | None, recorded: RecordedRefund | None) -> Difference | None:
    """Returns how a refund at the provider and in the ledger differ, or None. Each side is None if it has no refund.

    A refund of another shop on the same account is not a difference, nor is one without an intent: this shop has none.
    """
    if recorded is None and reported is not None and (reported.foreign or reported.intent_reference is None):
        return None
    if reported is not None:
        return _compare_reported(reported, recorded)
    if recorded is None or recorded.state != "succeeded":
        return None
    return Difference(
        CheckName.REFUND_MISSING_AT_PROVIDER,
        f"refund:{recorded.id}",
        f"Refund {recorded.id} ({recorded.reference}) of {money(recorded.amount_minor, recorded.currency)} for order "
        f"{recorded.order_id} succeeded, but the provider does not know it.",
        "The customer may not have the money. " + _DASHBOARD,
        is_repairable=False,
    )


def _compare_reported(reported: ProviderRefund, recorded: RecordedRefund | None) -> Difference | None:
    amount = money(reported.amount_minor, reported.currency)
    refund = f"The provider's refund {reported.reference} of {amount} is {reported.status}"
    if recorded is None:
        if reported.status == "failed":
            return None  # no money has moved, and the shop did not request it
        payment = f"of {reported.intent_reference}" if reported.intent_reference else "without a payment"
        explanation = f"{refund}, {payment}; it is not in the ledger."
        subject, is_repairable = f"reference:{reported.reference}", reported.intent_reference is not None
        return Difference(CheckName.REFUND_MISSING_IN_LEDGER, subject, explanation, _DASHBOARD, is_repairable)
    subject, named = f"refund:{recorded.id}", f"refund {recorded.id} of order {recorded.order_id}"
    if (reported.amount_minor, reported.currency) != (recorded.amount_minor, recorded.currency):
        explanation = f"{refund}; in the ledger {named} is over {money(recorded.amount_minor, recorded.currency)}."
        return Difference(
            CheckName.REFUND_AMOUNT_DIFFERS_FROM_PROVIDER, subject, explanation, _DASHBOARD, is_repairable=False
        )
    if recorded.state in _AGREEING[reported.status]:
        return None
    explanation = f"{refund}; in the ledger {named} is {recorded.state}."
    return Difference(
        CheckName.REFUND_STATUS_DIFFERS_FROM_PROVIDER, subject, explanation, _DASHBOARD, is_repairable=True
    )


def compare_dispute(reported: ProviderDispute, recorded: RecordedDispute | None) -> Difference | None:
    """Returns how a dispute at the provider and in the shop differ, or None. `recorded` is None if unknown."""
    dispute = f"The provider's dispute {reported.reference} of {reported.intent_reference} is {reported.status}"
    dispute += f" over {money(reported.amount_minor, reported.currency)}, with {len(reported.movements)} fund movements"
    if recorded is None:
        subject, explanation = f"reference:{reported.reference}", f"{dispute}; it is not in the ledger."
        return Difference(CheckName.DISPUTE_MISSING_IN_LEDGER, subject, explanation, _DASHBOARD, is_repairable=True)
    moved = {movement.reference for movement in reported.movements}
    same = (reported.status, reported.amount_minor, reported.currency)
    if same == (recorded.status, recorded.amount_minor, recorded.currency) and moved <= recorded.movements:
        return None
    explanation = (
        f"{dispute}; in the shop, dispute {recorded.id} of order {recorded.order_id} is {recorded.status} over "
        f"{money(recorded.amount_minor, recorded.currency)}, with {len(recorded.movements)}."
    )
    subject = f"dispute:{recorded.id}"
    return Difference(CheckName.DISPUTE_DIFFERS_FROM_PROVIDER, subject, explanation, _DASHBOARD, is_repairable=True)
