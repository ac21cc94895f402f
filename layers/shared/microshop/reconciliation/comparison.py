"""The rules of comparing a payment provider's word with the ledger."""

from dataclasses import dataclass

from microshop.payments.payment import HOLDING_MONEY, PaymentState, RefundState
from microshop.payments.provider import Intent, ProviderRefund
from microshop.reconciliation.check import money

_DASHBOARD = "Look at it in the provider's dashboard and at the order's history, and enter by hand what is true."
_UNKNOWN = (
    "The shop has made no such payment: find out in the provider's dashboard who has, and give the money back there if "
    "nobody knows."
)
# What the ledger may say of a refund, by what the provider says.
_IN_LINE: dict[str, frozenset[RefundState]] = {
    "pending": frozenset({"requested", "pending"}),
    "succeeded": frozenset({"succeeded"}),
    "failed": frozenset({"failed"}),
}


@dataclass(frozen=True)
class BookedPayment:
    """An attempt as the ledger has it."""

    id: int
    order_id: int
    reference: str | None
    state: PaymentState
    captured_minor: int
    currency: str


@dataclass(frozen=True)
class BookedRefund:
    """A refund as the ledger has it, and by what the provider knows its payment."""

    id: int
    order_id: int
    number: int
    reference: str | None
    intent_reference: str | None
    state: RefundState
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class Difference:
    """What does not agree. `settles`: the shop need only be told again what the provider says."""

    check: str
    subject: str
    says: str
    to_do: str
    settles: bool


def compare_payment(told: Intent | None, booked: BookedPayment | None) -> Difference | None:
    """What of an attempt does not agree; None of either side is that it does not know it."""
    captured = told is not None and told.status == "captured"
    if told is not None and captured:
        return _compare_captured(told, booked)
    if booked is None or booked.state not in HOLDING_MONEY:
        return None
    said = f"says that it is {told.status}" if told else "does not know it"
    return Difference(
        "the ledger has a payment that the provider has not captured",
        f"payment:{booked.id}",
        f"Payment {booked.id} ({booked.reference}) of order {booked.order_id} is {booked.state} with "
        f"{money(booked.captured_minor, booked.currency)}, but the provider {said}.",
        "Do not send the order before it is clear whether it was paid. " + _DASHBOARD,
        settles=False,
    )


def _compare_captured(told: Intent, booked: BookedPayment | None) -> Difference | None:
    check = "the provider has captured what the ledger has not"
    has = f"The provider has captured {money(told.captured_minor, told.currency)} for {told.reference}"
    if booked is None:
        says = f"{has}, of which the ledger knows nothing."
        return Difference(check, f"reference:{told.reference}", says, _UNKNOWN, settles=False)
    named = f"payment {booked.id} of order {booked.order_id}"
    if booked.state not in HOLDING_MONEY:
        says = f"{has}; in the ledger {named} is only {booked.state}."
        return Difference(check, f"payment:{booked.id}", says, _DASHBOARD, settles=True)
    if (told.captured_minor, told.currency) == (booked.captured_minor, booked.currency):
        return None
    says = f"{has}; in the ledger {named} has {money(booked.captured_minor, booked.currency)}."
    check = "the provider has captured another amount than the ledger says"
    return Difference(check, f"payment:{booked.id}", says, _DASHBOARD, settles=False)


def compare_refund(told: ProviderRefund | None, booked: BookedRefund | None) -> Difference | None:
    """What of a refund does not agree; None of either side is that it does not know it."""
    if told is not None:
        return _compare_known(told, booked)
    if booked is None or booked.state != "succeeded":
        return None
    return Difference(
        "the ledger has a refund that the provider has not made",
        f"refund:{booked.id}",
        f"Refund {booked.id} ({booked.reference}) of {money(booked.amount_minor, booked.currency)} for order "
        f"{booked.order_id} succeeded, but the provider does not know it.",
        "The customer may not have the money. " + _DASHBOARD,
        settles=False,
    )


def _compare_known(told: ProviderRefund, booked: BookedRefund | None) -> Difference | None:
    has = f"The provider's refund {told.reference} of {money(told.amount_minor, told.currency)} is {told.status}"
    if booked is None:
        if told.status == "failed":
            return None  # no money has moved, and nobody has asked for it
        check = "the provider has made a refund that the ledger does not have"
        of = f"of {told.intent_reference}" if told.intent_reference else "of no payment that it names"
        says = f"{has}, {of}; the ledger knows nothing of it."
        settles = told.intent_reference is not None
        return Difference(check, f"reference:{told.reference}", says, _DASHBOARD, settles)
    named = f"refund {booked.id} of order {booked.order_id}"
    if (told.amount_minor, told.currency) != (booked.amount_minor, booked.currency):
        check = "the provider has refunded another amount than the ledger says"
        says = f"{has}; in the ledger {named} is over {money(booked.amount_minor, booked.currency)}."
        return Difference(check, f"refund:{booked.id}", says, _DASHBOARD, settles=False)
    if booked.state in _IN_LINE[told.status]:
        return None
    check = "the provider says otherwise what became of a refund"
    says = f"{has}; in the ledger {named} is {booked.state}."
    return Difference(check, f"refund:{booked.id}", says, _DASHBOARD, settles=True)
