"""The safe repairs. Each rechecks before it acts, and writes an audit row (`repairs`) in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from microshop.orders.states import PAY, PAY_LATE
from microshop.payments.payment import CAPTURED_STATES, Payment
from microshop.payments.provider_updates import settle_update
from microshop.payments.providers import is_automatic
from microshop.payments.providers.port import Intent, ProviderDispute
from microshop.payments.settling import Settlement
from microshop.reconciliation.check import RepairName
from microshop.reconciliation.comparison import compare_dispute, compare_payment, compare_refund
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from datetime import datetime

    from microshop.orders.order import Order
    from microshop.payments.providers.port import Update
    from microshop.reconciliation.provider_check import ProviderDifference
    from microshop.reconciliation.queries import Books, Ledger
    from microshop.reconciliation.unit_of_work import RepairsUnitOfWork

# A row of a check's query, with the query's parameters.
type Row = Mapping[str, Any]
# Returns the note for the audit row, or None if it changed nothing.
type Repair = Callable[[Row, RepairsUnitOfWork], str | None]


@retry_on_conflict
def repair(
    name: RepairName, subject: str, row: Row, uow: RepairsUnitOfWork, record: Callable[[str], None] | None = None
) -> bool:
    """Run a repair and write its audit row in one transaction. Returns whether it changed anything.

    `record` gets the note of the audit row within the transaction, for the audit log of staff.
    """
    with uow:
        note = REPAIRS[name](row, uow)
        if note is None:
            return False
        uow.repairs.add_audit_row(name, subject, note)
        if record:
            record(note)
        uow.commit()
    return True


def apply_provider_state(provider_difference: ProviderDifference, books: Books, uow: RepairsUnitOfWork) -> bool:
    """Apply the provider's state of a payment, refund or dispute. Returns whether that ended the disagreement."""
    ledger = books.ledger_of(provider_difference.provider)
    intent, refund, dispute = provider_difference.intent, provider_difference.refund, provider_difference.dispute
    if intent is not None:
        payment = ledger.payments_of([intent]).get(intent.reference)
        return _apply(provider_difference, intent, payment.order_id if payment else None, ledger, uow)
    if refund is not None:
        payment = ledger.payment(refund.intent_reference) if refund.intent_reference else None
        return _apply(provider_difference, refund, payment.order_id if payment else None, ledger, uow)
    if dispute is not None:
        payment = ledger.payment(dispute.intent_reference) if dispute.intent_reference else None
        return _apply(provider_difference, dispute, payment.order_id if payment else None, ledger, uow)
    return False


@retry_on_conflict
def _apply(
    provider_difference: ProviderDifference,
    update: Update,
    order_id: int | None,
    ledger: Ledger,
    uow: RepairsUnitOfWork,
) -> bool:
    """Apply an update under the order's lock, and write an audit row if that ended the disagreement."""
    with uow:
        if order_id is not None:
            uow.orders.lock(order_id, None)
        differed = _differs(update, ledger)
        settle_update(provider_difference.provider, update, uow)
        is_repaired = differed and not _differs(update, ledger)
        if is_repaired:
            subject = "provider" if order_id is None else f"order:{order_id}"
            uow.repairs.add_audit_row(
                RepairName.APPLY_PROVIDER_STATE, subject, provider_difference.difference.explanation
            )
        uow.commit()
    return is_repaired


def _differs(update: Update, ledger: Ledger) -> bool:
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
    order, product_id = uow.orders.lock(row["order_id"], None), row["product_id"]
    line = next((line for line in order.lines if line.product_id == product_id), None) if order else None
    if order is None or line is None or order.status not in ("returned", "cancelled", "expired"):
        return None
    # Units of a returned parcel may be damaged, so a person must see them before they are sold again.
    is_returned_parcel = order.status == "returned"
    missing = line.quantity - uow.repairs.returned_units(order.id, product_id)
    if missing <= 0:
        return None
    uow.repairs.set_returned(order.id, product_id, line.quantity)
    uow.repairs.restock(order.id, product_id, missing, written_off=is_returned_parcel)
    if is_returned_parcel:
        return f"{missing} units of product {product_id} written off"
    uow.repairs.publish_stock_change(product_id, missing)
    return f"{missing} units of product {product_id} restocked"


def _correct_returned_quantity(row: Row, uow: RepairsUnitOfWork) -> str | None:
    order, product_id = uow.orders.lock(row["order_id"], None), row["product_id"]
    line = next((line for line in order.lines if line.product_id == product_id), None) if order else None
    if order is None or line is None:
        return None
    units = uow.repairs.returned_units(order.id, product_id)
    if units > line.quantity or not uow.repairs.set_returned(order.id, product_id, units):
        return None
    return f"{line.returned} → {units} returned units of product {product_id}"


def _release_stuck_event(row: Row, uow: RepairsUnitOfWork) -> str | None:
    is_released = uow.repairs.release_stuck(row["outbox_id"])
    return f"due now, after {row['attempts']} attempts" if is_released else None


def _republish_event(row: Row, uow: RepairsUnitOfWork) -> str | None:
    is_released = uow.repairs.republish(row["outbox_id"], row["consumer"])
    return f"republished for {row['consumer']}" if is_released else None


def _add_ledger_entry(row: Row, uow: RepairsUnitOfWork) -> str | None:
    locked = _lock(row, uow)
    if locked is None or locked[0].state not in CAPTURED_STATES or uow.repairs.money_entries(locked[0].id):
        return None
    payment = locked[0]
    uow.ledger.append_entry(
        payment,
        payment.state,  # the states that hold money are kinds of ledger entries too
        reference=payment.reference or "",
        reason="entered by a reconciliation",
        amount_minor=payment.captured_minor,
    )
    return f"entry {payment.state} over {payment.captured_minor} {payment.currency} (minor unit) added"


def _apply_capture_to_order(row: Row, uow: RepairsUnitOfWork) -> str | None:
    """Apply the capture again, by the usual rule: confirm the order, or refund the money."""
    locked = _lock(row, uow)
    if locked is None:
        return None
    payment, order = locked
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
    started = uow.queries.payment_by_attempt(payment.provider, order.id, payment.attempt)
    return f"applied again: {Settlement(started, order, uow).settle(intent)}" if started else None


def _enter_manual_payment(row: Row, uow: RepairsUnitOfWork) -> str | None:
    """Enter a payment that was made outside the shop, derived from the order's history as in migration 0019."""
    order = uow.orders.lock(row["order_id"], None)
    if order is None or order.payment_status != "paid" or order.captured_minor or not order.total_minor:
        return None
    if uow.queries.payments(order.id):
        return None
    actions = {entry.action for entry in uow.orders.history(order.id)}
    provider = "offline" if "confirmed" in actions else "cash_on_delivery" if "delivered" in actions else None
    if provider is None or not uow.repairs.set_captured(order.id):
        return None
    uow.payments.add_manual_payment(order, provider, order.payment_reference)
    return f"payment {provider} over {order.total_minor} {order.currency} (minor unit) entered"


def _check_payment_now(row: Row, uow: RepairsUnitOfWork) -> str | None:
    return _schedule_check("payment", row["payment_id"], row["overdue_before"], uow)


def _check_refund_now(row: Row, uow: RepairsUnitOfWork) -> str | None:
    return _schedule_check("refund", row["refund_id"], row["overdue_before"], uow)


def _schedule_check(
    kind: Literal["payment", "refund"], id_: int, overdue_before: datetime, uow: RepairsUnitOfWork
) -> str | None:
    return "the status check is due now" if uow.repairs.check_now(kind, id_, overdue_before) else None


def _lock(row: Row, uow: RepairsUnitOfWork) -> tuple[Payment, Order] | None:
    order = uow.orders.lock(row["order_id"], None)
    payments = uow.queries.payments(row["order_id"]) if order else []
    payment = next((payment for payment in payments if payment.id == row["payment_id"]), None)
    return (payment, order) if payment and order else None


REPAIRS: Mapping[RepairName, Repair] = {
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
