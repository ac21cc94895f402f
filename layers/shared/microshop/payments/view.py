"""Payments and refunds as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microshop.money import to_decimal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.payments.payment import Entry, Payment, Refund
    from microshop.payments.starting import StartedPayment


def started_view(started: StartedPayment) -> dict[str, Any]:
    """What a front end has the customer pay with."""
    return {
        "payment_id": started.payment_id,
        "provider": started.provider,
        "client_secret": started.client_secret,
        "publishable_key": started.publishable_key,
        "status": started.status,
    }


def payments_view(
    payments: Sequence[Payment], refunds: Sequence[Refund], entries: Sequence[Entry] | None
) -> dict[str, Any]:
    """An order's attempts and refunds; the ledger with its raw reasons is for admins and left out where it is None."""
    view: dict[str, Any] = {
        "payments": [_payment_view(payment) for payment in payments],
        "refunds": [refund_view(refund) for refund in refunds],
    }
    if entries is not None:
        view["ledger"] = [_entry_view(entry) for entry in entries]
    return view


def refund_view(refund: Refund) -> dict[str, Any]:
    """A refund."""
    return {
        "refund_id": refund.id,
        "payment_id": refund.payment_id,
        "status": refund.state,
        "amount": to_decimal(refund.amount_minor, refund.currency),
        "currency": refund.currency,
        "cause": refund.cause,
        "reason": refund.reason,
        "reference": refund.reference,
        "restock": [{"product_id": line.product_id, "quantity": line.quantity} for line in refund.restock],
        "created_at": refund.created_at.isoformat(),
        "updated_at": refund.updated_at.isoformat(),
    }


def _payment_view(payment: Payment) -> dict[str, Any]:
    return {
        "payment_id": payment.id,
        "attempt": payment.attempt,
        "provider": payment.provider,
        "reference": payment.reference,
        "status": payment.state,
        "amount": to_decimal(payment.amount_minor, payment.currency),
        "captured": to_decimal(payment.captured_minor, payment.currency),
        "refunded": to_decimal(payment.refunded_minor, payment.currency),
        "currency": payment.currency,
        "created_at": payment.created_at.isoformat(),
        "updated_at": payment.updated_at.isoformat(),
    }


def _entry_view(entry: Entry) -> dict[str, Any]:
    return {
        "payment_id": entry.payment_id,
        "refund_id": entry.refund_id or None,
        "kind": entry.kind,
        "amount": to_decimal(entry.amount_minor, entry.currency),
        "currency": entry.currency,
        "reference": entry.reference or None,
        "reason": entry.reason,
        "created_at": entry.created_at.isoformat(),
    }
