"""The safe repairs. Each checks again before it acts, and writes its audit row (`repairs`) in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from microshop.orders.states import PAY, PAY_LATE
from microshop.payments.payment import HOLDING_MONEY, Payment
from microshop.payments.provider_updates import settle_update
from microshop.payments.providers import is_automatic
from microshop.payments.providers.port import Intent, ProviderDispute
from microshop.payments.settling import Settlement
from microshop.reconciliation.check import RepairName
from microshop.reconciliation.comparison import compare_dispute, compare_payment, compare_refund
from microshop.transactions import retried

if TYPE_CHECKING:
    from datetime import datetime

    from microshop.orders.order import Order
    from microshop.payments.providers.port import Update
    from microshop.reconciliation.provider_checking import ProviderDifference
    from microshop.reconciliation.queries import Books, Ledger
    from microshop.reconciliation.unit_of_work import RepairsUnitOfWork

# The row that a check found, with the parameters of its query.
type Row = Mapping[str, Any]
# Returns the note for the audit row, or None if nothing was changed.
type Act = Callable[[Row, RepairsUnitOfWork], str | None]


@retried
def repair(name: RepairName, subject: str, row: Row, uow: RepairsUnitOfWork) -> bool:
    """Run a repair and write its audit row in one transaction. Returns whether it changed anything."""
    with uow:
        done = REPAIRS[name](row, uow)
        if done is None:
            return False
        uow.repairs.note(name, subject, done)
        uow.commit()
    return True


def settle(found: ProviderDifference, books: Books, uow: RepairsUnitOfWork) -> bool:
    """Apply the provider's state of a payment, refund or dispute. Returns whether that ended the disagreement."""
    ledger = books.ledger_of(found.provider)
    intent, refund, dispute = found.intent, found.refund, found.dispute
    if intent is not None:
        booked = ledger.payments_of([intent]).get(intent.reference)
        return _settle(found, intent, booked.order_id if booked else None, ledger, uow)
    if refund is not None:
        paid = ledger.payment(refund.intent_reference) if refund.intent_reference else None
        return _settle(found, refund, paid.order_id if paid else None, ledger, uow)
    if dispute is not None:
        paid = ledger.payment(dispute.intent_reference) if dispute.intent_reference else None
        return _settle(found, dispute, paid.order_id if paid else None, ledger, uow)
    return False


@retried
def _settle(
    found: ProviderDifference,
    update: Update,
    order_id: int | None,
    ledger: Ledger,
    uow: RepairsUnitOfWork,
) -> bool:
    """Apply an update, and write an audit row if it ended the disagreement: compared under the order's lock."""
    with uow:
        if order_id is not None:
            uow.orders.locked(order_id, None)
        disagreed = _disagrees(update, ledger)
        settle_update(found.provider, update, uow)
        is_repaired = disagreed and not _disagrees(update, ledger)
        if is_repaired:
            subject = "provider" if order_id is None else f"order:{order_id}"
            uow.repairs.note(RepairName.APPLY_PROVIDER_STATE, subject, found.difference.explanation)
        uow.commit()
    return is_repaired


def _disagrees(update: Update, ledger: Ledger) -> bool:
    if isinstance(update, Intent):
        return compare_payment(update, ledger.payments_of([update]).get(update.reference)) is not None
    if isinstance(update, ProviderDispute):
        return compare_dispute(update, ledger.disputes_of([update]).get(update.reference)) is not None
    return compare_refund(update, ledger.refunds_of([update]).get(update.reference)) is not None


def _set_stock_to_ledger(row: Row, uow: RepairsUnitOfWork) -> str | None:
    changed = uow.repairs.set_stock_to_ledger(row["product_id"])
    if changed is None:
        return None
    before, after = changed
    uow.repairs.publish_stock_change(row["product_id"], after - before)
    return f"stock {before} → {after}, the sum of its movements"


def _restock_closed_order(row: Row, uow: RepairsUnitOfWork) -> str | None:
    order, product_id = uow.orders.locked(row["order_id"], None), row["product_id"]
    line = next((line for line in order.lines if line.product_id == product_id), None) if order else None
    if order is None or line is None or order.status not in ("returned", "cancelled", "expired"):
        return None
    # Units of a parcel may be damaged, and only somebody who has seen them can put them on sale.
    is_parcel = order.status == "returned"
    missing = line.quantity - uow.repairs.returned_units(order.id, product_id)
    if missing <= 0:
        return None
    uow.repairs.set_returned(order.id, product_id, line.quantity)
    uow.repairs.restock(order.id, product_id, missing, written_off=is_parcel)
    if is_parcel:
        return f"{missing} units of product {product_id} written off"
    uow.repairs.publish_stock_change(product_id, missing)
    return f"{missing} units of product {product_id} restocked"


def _correct_returned_quantity(row: Row, uow: RepairsUnitOfWork) -> str | None:
    order, product_id = uow.orders.locked(row["order_id"], None), row["product_id"]
    line = next((line for line in order.lines if line.product_id == product_id), None) if order else None
    if order is None or line is None:
        return None
    units = uow.repairs.returned_units(order.id, product_id)
    if units > line.quantity or not uow.repairs.set_returned(order.id, product_id, units):
        return None
    return f"{line.returned} → {units} returned units of product {product_id}"


def _release_stuck_event(row: Row, uow: RepairsUnitOfWork) -> str | None:
    done = uow.repairs.release_stuck(row["outbox_id"])
    return f"due now, after {row['attempts']} attempts" if done else None


def _republish_event(row: Row, uow: RepairsUnitOfWork) -> str | None:
    done = uow.repairs.publish_again(row["outbox_id"], row["consumer"])
    return f"publish again for {row['consumer']}" if done else None


def _add_ledger_entry(row: Row, uow: RepairsUnitOfWork) -> str | None:
    found = _locked(row, uow)
    if found is None or found[0].state not in HOLDING_MONEY or uow.repairs.money_entries(found[0].id):
        return None
    payment = found[0]
    uow.ledger.append_entry(
        payment,
        payment.state,  # the states that hold money are kinds of ledger entries too
        reference=payment.reference or "",
        reason="entered by a reconciliation",
        amount_minor=payment.captured_minor,
    )
    return f"entry {payment.state} over {payment.captured_minor} {payment.currency} (minor unit) added"


def _apply_capture_to_order(row: Row, uow: RepairsUnitOfWork) -> str | None:
    """Apply the capture again, by the only rule for it: it confirms the order, or its money is refunded."""
    found = _locked(row, uow)
    if found is None:
        return None
    payment, order = found
    if payment.state != "captured" or payment.reference is None or not is_automatic(payment.provider):
        return None
    if (payment.captured_minor, payment.currency) != (order.total_minor, order.currency):
        return None
    if order.state not in {*PAY.moves, *PAY_LATE.moves} or not uow.repairs.reset_capture(payment.id):
        return None
    intent = Intent(
        reference=payment.reference,
        status="captured",
        amount_minor=payment.amount_minor,
        captured_minor=payment.captured_minor,
        currency=payment.currency,
        created_at=payment.created_at,
    )
    before = uow.queries.payment_by_attempt(payment.provider, order.id, payment.attempt)
    return f"applied again: {Settlement(before, order, uow).settle(intent)}" if before else None


def _enter_manual_payment(row: Row, uow: RepairsUnitOfWork) -> str | None:
    """Enter the payment that was made outside the shop, as the order's history shows it and migration 19 did."""
    order = uow.orders.locked(row["order_id"], None)
    if order is None or order.payment_status != "paid" or order.captured_minor or not order.total_minor:
        return None
    if uow.queries.payments(order.id):
        return None
    actions = {entry.action for entry in uow.orders.history(order.id)}
    by_hand = "offline" if "confirmed" in actions else "cash_on_delivery" if "delivered" in actions else None
    if by_hand is None or not uow.repairs.set_captured(order.id):
        return None
    uow.payments.add_manual_payment(order, by_hand, order.payment_reference)
    return f"payment {by_hand} over {order.total_minor} {order.currency} (minor unit) entered"


def _check_payment_now(row: Row, uow: RepairsUnitOfWork) -> str | None:
    return _schedule_check("payment", row["payment_id"], row["overdue_before"], uow)


def _check_refund_now(row: Row, uow: RepairsUnitOfWork) -> str | None:
    return _schedule_check("refund", row["refund_id"], row["overdue_before"], uow)


def _schedule_check(
    what: Literal["payment", "refund"], id_: int, overdue_before: datetime, uow: RepairsUnitOfWork
) -> str | None:
    return "the status check is due now" if uow.repairs.check_now(what, id_, overdue_before) else None


def _locked(row: Row, uow: RepairsUnitOfWork) -> tuple[Payment, Order] | None:
    order = uow.orders.locked(row["order_id"], None)
    payments = uow.queries.payments(row["order_id"]) if order else []
    payment = next((payment for payment in payments if payment.id == row["payment_id"]), None)
    return (payment, order) if payment and order else None


REPAIRS: Mapping[RepairName, Act] = {
    RepairName.SET_STOCK_TO_LEDGER: _set_stock_to_ledger,
    RepairName.RESTOCK_CLOSED_ORDER: _restock_closed_order,
    RepairName.CORRECT_RETURNED_QUANTITY: _correct_returned_quantity,
    RepairName.RELEASE_STUCK_EVENT: _release_stuck_event,
    RepairName.REPUBLISH_EVENT: _republish_event,
    RepairName.ADD_LEDGER_ENTRY: _add_ledger_entry,
    RepairName.APPLY_CAPTURE_TO_ORDER: _apply_capture_to_order,
    RepairName.ENTER_MANUAL_PAYMENT: _enter_manual_payment,
    RepairName.CHECK_PAYMENT_NOW: _check_payment_now,
    RepairName.CHECK_REFUND_NOW: _check_refund_now,
}
