"""The repairs that are safe, each a transaction that looks again before it acts and is written down in `repairs`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from microshop.orders.states import PAY, PAY_LATE
from microshop.payments.facts import take_intent, take_refund
from microshop.payments.payment import HOLDING_MONEY, Payment
from microshop.payments.provider import Intent
from microshop.payments.providers import is_automatic
from microshop.payments.settling import Settlement
from microshop.reconciliation.comparison import compare_payment, compare_refund
from microshop.reconciliation.ledger_queries import Ledger
from microshop.reconciliation.repository import AuditedUnitOfWork, RepairsUnitOfWork
from microshop.transactions import retried

if TYPE_CHECKING:
    from datetime import datetime

    from microshop.orders.order import Order
    from microshop.platform.mysql import Database
    from microshop.reconciliation.provider_check import ProviderDifference

type Facts = Mapping[str, Any]
# Does it, and says what was done; None where there is nothing that may be done.
type Act = Callable[[Facts, RepairsUnitOfWork], str | None]


@dataclass(frozen=True)
class Repair:
    """`does` is what it does, in the words of a report."""

    does: str
    act: Act


SETTLE = "It is settled by what the provider says, as if the webhook had come now."


@retried
def repair(name: str, subject: str, facts: Facts, database: Database) -> bool:
    """Do the repair `name`, in one transaction with its line in the audit trail; whether anything was done."""
    transaction = RepairsUnitOfWork(database)
    with transaction:
        done = REPAIRS[name].act(facts, transaction)
        if done is None:
            return False
        transaction.note(name, subject, done)
        transaction.commit()
    return True


def settle(found: ProviderDifference, database: Database) -> bool:
    """Settle what the provider says of a payment or refund; whether that has ended the disagreement."""
    ledger = Ledger(database, found.provider)
    intent, refund = found.intent, found.refund
    if intent is not None:
        booked = ledger.payments_of([intent]).get(intent.reference)
        order_id = booked.order_id if booked else None
    else:
        paid = ledger.payment(refund.intent_reference) if refund and refund.intent_reference else None
        order_id = paid.order_id if paid else None

    def disagrees() -> bool:
        if intent is not None:
            return compare_payment(intent, ledger.payments_of([intent]).get(intent.reference)) is not None
        here = ledger.refunds_of([refund]).get(refund.reference) if refund else None
        return compare_refund(refund, here) is not None

    transaction = AuditedUnitOfWork(database, order_id, disagrees, found.difference.says)
    if intent is not None:
        take_intent(found.provider, intent, transaction)
    elif refund is not None:
        take_refund(found.provider, refund, transaction)
    return transaction.repaired


def _stock(facts: Facts, transaction: RepairsUnitOfWork) -> str | None:
    changed = transaction.stock_to_ledger(facts["product_id"])
    if changed is None:
        return None
    before, after = changed
    transaction.tell_stock(facts["product_id"], after - before)
    return f"stock {before} → {after}, the sum of its movements"


def _kept_stock(facts: Facts, transaction: RepairsUnitOfWork) -> str | None:
    order, product_id = transaction.orders.locked(facts["order_id"], None), facts["product_id"]
    line = next((line for line in order.lines if line.product_id == product_id), None) if order else None
    if order is None or line is None or order.status not in ("cancelled", "expired"):
        return None
    missing = line.quantity - transaction.returned_units(order.id, product_id)
    if missing <= 0:
        return None
    transaction.count_returned(order.id, product_id, line.quantity)
    transaction.put_back(order.id, product_id, missing)
    transaction.tell_stock(product_id, missing)
    return f"{missing} units of product {product_id} put back in stock"


def _returned_units(facts: Facts, transaction: RepairsUnitOfWork) -> str | None:
    order, product_id = transaction.orders.locked(facts["order_id"], None), facts["product_id"]
    line = next((line for line in order.lines if line.product_id == product_id), None) if order else None
    if order is None or line is None:
        return None
    units = transaction.returned_units(order.id, product_id)
    if units > line.quantity or not transaction.count_returned(order.id, product_id, units):
        return None
    return f"{line.returned} → {units} units of product {product_id} count as returned"


def _stuck_event(facts: Facts, transaction: RepairsUnitOfWork) -> str | None:
    done = transaction.release_stuck(facts["outbox_id"])
    return f"due now, after {facts['attempts']} attempts" if done else None


def _event_without_effect(facts: Facts, transaction: RepairsUnitOfWork) -> str | None:
    done = transaction.publish_again(facts["outbox_id"], facts["consumer"])
    return f"to be published again for {facts['consumer']}" if done else None


def _missing_entry(facts: Facts, transaction: RepairsUnitOfWork) -> str | None:
    found = _locked(facts, transaction)
    if found is None or found[0].state not in HOLDING_MONEY or transaction.money_entries(found[0].id):
        return None
    payment = found[0]
    transaction.payments.enter(
        payment,
        payment.state,  # those that hold money are words of the ledger too
        reference=payment.reference or "",
        reason="entered by a reconciliation",
        amount_minor=payment.captured_minor,
    )
    return f"entry {payment.state} over {payment.captured_minor} {payment.currency} (minor unit) added"


def _unaware_order(facts: Facts, transaction: RepairsUnitOfWork) -> str | None:
    """Settle the capture anew, by the one rule that there is for it: the order is confirmed, or its money goes back."""
    found = _locked(facts, transaction)
    if found is None:
        return None
    payment, order = found
    if payment.state != "captured" or payment.reference is None or not is_automatic(payment.provider):
        return None
    if (payment.captured_minor, payment.currency) != (order.total_minor, order.currency):
        return None
    if order.state not in {*PAY.leads, *PAY_LATE.leads} or not transaction.forget_capture(payment.id):
        return None
    intent = Intent(
        reference=payment.reference,
        status="captured",
        amount_minor=payment.amount_minor,
        captured_minor=payment.captured_minor,
        currency=payment.currency,
        created_at=payment.created_at,
    )
    before = transaction.payments.by_attempt(payment.provider, order.id, payment.attempt)
    return f"settled anew: {Settlement(before, order, transaction).settle(intent)}" if before else None


def _payment_by_hand(facts: Facts, transaction: RepairsUnitOfWork) -> str | None:
    """Enter what an order was paid with outside the shop, as its own history tells and migration 19 did."""
    order = transaction.orders.locked(facts["order_id"], None)
    if order is None or order.payment_status != "paid" or order.captured_minor or not order.total_minor:
        return None
    if transaction.payments.of_order(order.id):
        return None
    actions = {entry.action for entry in transaction.orders.history(order.id)}
    by_hand = "offline" if "confirmed" in actions else "cash_on_delivery" if "delivered" in actions else None
    if by_hand is None or not transaction.count_captured(order.id):
        return None
    transaction.payments.enter_by_hand(order, by_hand, order.payment_reference)
    return f"payment {by_hand} over {order.total_minor} {order.currency} (minor unit) entered"


def _overdue_payment(facts: Facts, transaction: RepairsUnitOfWork) -> str | None:
    return _asked_about("payment", facts["payment_id"], facts["overdue_before"], transaction)


def _overdue_refund(facts: Facts, transaction: RepairsUnitOfWork) -> str | None:
    return _asked_about("refund", facts["refund_id"], facts["overdue_before"], transaction)


def _asked_about(what: str, id_: int, overdue_before: datetime, transaction: RepairsUnitOfWork) -> str | None:
    return "the provider is asked now" if transaction.ask_about(what, id_, overdue_before) else None


def _locked(facts: Facts, transaction: RepairsUnitOfWork) -> tuple[Payment, Order] | None:
    order = transaction.orders.locked(facts["order_id"], None)
    payments = transaction.payments.of_order(facts["order_id"]) if order else []
    payment = next((payment for payment in payments if payment.id == facts["payment_id"]), None)
    return (payment, order) if payment and order else None


REPAIRS: Mapping[str, Repair] = {
    "stock": Repair("The stock is set to what the movements add up to.", _stock),
    "kept stock": Repair("The missing units are put back in stock.", _kept_stock),
    "returned units": Repair("The line is made to count what came back.", _returned_units),
    "stuck event": Repair("The event is made due now, as if it had never failed.", _stuck_event),
    "event without effect": Repair(
        "The event is published again; consumers that have handled it pass it over.", _event_without_effect
    ),
    "missing entry": Repair("The entry is added to the ledger.", _missing_entry),
    "unaware order": Repair(
        "The capture is settled anew: the order is confirmed, or if it is over, its money goes back.", _unaware_order
    ),
    "payment by hand": Repair(
        "Where an admin has confirmed the order, or it was paid on delivery, that payment is entered.", _payment_by_hand
    ),
    "overdue payment": Repair("It is made due now.", _overdue_payment),
    "overdue refund": Repair("It is made due now.", _overdue_refund),
}
