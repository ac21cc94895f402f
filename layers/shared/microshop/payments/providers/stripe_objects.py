"""Translates Stripe's objects, from their JSON, to those of the port. Uses the shapes of the API, not its client."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from microshop.payments.providers.port import (
    Decline,
    FundsMovement,
    Intent,
    IntentStatus,
    ProviderDispute,
    ProviderRefund,
    RefundStatus,
    Update,
)
from microshop.payments.providers.stripe_currencies import from_stripe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.orders.dispute_status import DisputeStatus

_INTENT_STATUS: Mapping[str, IntentStatus] = {
    "requires_payment_method": "open",
    "requires_confirmation": "open",
    "requires_action": "open",
    "requires_capture": "processing",
    "processing": "processing",
    "succeeded": "captured",
    "canceled": "cancelled",
}
_REFUND_STATUS: Mapping[str, RefundStatus] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
_INTENT_EVENTS = frozenset(
    f"payment_intent.{what}" for what in ("succeeded", "processing", "payment_failed", "canceled")
)
_REFUND_EVENTS = frozenset(("refund.created", "refund.updated", "refund.failed"))
_DISPUTE_EVENTS = frozenset(
    f"charge.dispute.{what}" for what in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
)
APPLIED_EVENTS = _INTENT_EVENTS | _REFUND_EVENTS | _DISPUTE_EVENTS
# An inquiry withdraws no funds. An appeal opens a decided dispute again. A status that is not listed counts as open.
_DISPUTE_STATUS: Mapping[str, DisputeStatus] = {
    "warning_needs_response": "inquiry",
    "warning_under_review": "inquiry",
    "warning_closed": "closed",
    "prevented": "closed",
    "won": "won",
    "lost": "lost",
}


def update_of(event_type: str, thing: Mapping[str, Any], created: int, owner: str) -> Update | None:
    """Returns the update in an event of that type and time, or None for types that the shop does not use."""
    if event_type in _INTENT_EVENTS:
        return intent_of(thing, owner)
    if event_type in _REFUND_EVENTS:
        return refund_of(thing, owner)
    if event_type in _DISPUTE_EVENTS:
        return dispute_of(thing, datetime.fromtimestamp(created, UTC))
    return None


def intent_of(thing: Mapping[str, Any], owner: str) -> Intent:
    """Returns the intent of a PaymentIntent, which the shop `owner` asks for: https://docs.stripe.com/api/payment_intents/object"""
    status = _INTENT_STATUS[thing["status"]]
    currency = str(thing["currency"]).upper()
    received = thing.get("amount_received", thing["amount"]) if status == "captured" else 0
    metadata = thing.get("metadata") or {}
    order_id, attempt = _number(metadata.get("order_id")), _number(metadata.get("attempt"))
    return Intent(
        reference=str(thing["id"]),
        status=status,
        amount_minor=from_stripe(thing["amount"], currency),
        captured_minor=from_stripe(received, currency),
        currency=currency,
        created_at=datetime.fromtimestamp(thing["created"], UTC),
        order_id=order_id,
        attempt=attempt,
        client_secret=thing.get("client_secret"),
        decline=_decline(thing) if status == "open" else None,
        foreign=order_id is None or attempt is None or _is_of_another(metadata, owner),
    )


def _decline(intent: Mapping[str, Any]) -> Decline | None:
    error = intent.get("last_payment_error")
    if not error:
        return None
    code = str(error.get("decline_code") or error.get("code") or "declined")
    reference = str(error.get("charge") or f"{intent['id']}:{code}")
    return Decline(reference, code, f"{code}: {error.get('message', '')}")


def refund_of(thing: Mapping[str, Any], owner: str) -> ProviderRefund:
    """Returns the refund of a Refund, which the shop `owner` asks for: https://docs.stripe.com/api/refunds/object"""
    currency = str(thing["currency"]).upper()
    metadata = thing.get("metadata") or {}
    return ProviderRefund(
        reference=str(thing["id"]),
        intent_reference=thing.get("payment_intent"),
        status=_REFUND_STATUS[thing["status"]],
        amount_minor=from_stripe(thing["amount"], currency),
        currency=currency,
        created_at=datetime.fromtimestamp(thing["created"], UTC),
        number=_number(metadata.get("refund")),
        failure=thing.get("failure_reason"),
        foreign=_is_of_another(metadata, owner),
    )


def dispute_of(thing: Mapping[str, Any], as_of: datetime) -> ProviderDispute:
    """Returns the dispute of a Dispute at that time: https://docs.stripe.com/api/disputes/object"""
    currency = str(thing["currency"]).upper()
    due_by = (thing.get("evidence_details") or {}).get("due_by")
    return ProviderDispute(
        reference=str(thing["id"]),
        intent_reference=thing.get("payment_intent"),
        status=_DISPUTE_STATUS.get(thing["status"], "open"),
        amount_minor=from_stripe(thing["amount"], currency),
        currency=currency,
        reason=str(thing.get("reason") or ""),
        opened_at=datetime.fromtimestamp(thing["created"], UTC),
        as_of=as_of,
        respond_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
        movements=tuple(_movement(each) for each in thing.get("balance_transactions") or ()),
    )


def _movement(transaction: Mapping[str, Any]) -> FundsMovement:
    currency = str(transaction["currency"]).upper()
    return FundsMovement(
        reference=str(transaction["id"]),
        amount_minor=from_stripe(transaction["amount"], currency),
        fee_minor=from_stripe(transaction["fee"], currency),
        currency=currency,
    )


def _is_of_another(metadata: Mapping[str, Any], owner: str) -> bool:
    # Earlier releases did not name the shop, so an intent without a name counts as the shop's.
    return bool(metadata.get("shop", owner) != owner)


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19 else None
