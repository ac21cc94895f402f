"""Translates Stripe's JSON objects to those of the port. It depends on the API's formats, not on Stripe's client."""

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
    f"payment_intent.{event}" for event in ("succeeded", "processing", "payment_failed", "canceled")
)
_REFUND_EVENTS = frozenset(("refund.created", "refund.updated", "refund.failed"))
_DISPUTE_EVENTS = frozenset(
    f"charge.dispute.{event}" for event in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
)
APPLIED_EVENTS = _INTENT_EVENTS | _REFUND_EVENTS | _DISPUTE_EVENTS
# An inquiry withdraws no funds. An appeal reopens a decided dispute. A status that is not listed counts as open.
_DISPUTE_STATUS: Mapping[str, DisputeStatus] = {
    "warning_needs_response": "inquiry",
    "warning_under_review": "inquiry",
    "warning_closed": "closed",
    "prevented": "closed",
    "won": "won",
    "lost": "lost",
}


def update_of(event_type: str, content: Mapping[str, Any], created: int, owner: str) -> Update | None:
    """Returns the update in the content of an event, or None for types that the shop does not use.

    `created` is the event's time in seconds since 1970; `owner` is the name of this shop in Stripe's metadata.
    """
    if event_type in _INTENT_EVENTS:
        return intent_of(content, owner)
    if event_type in _REFUND_EVENTS:
        return refund_of(content, owner)
    if event_type in _DISPUTE_EVENTS:
        return dispute_of(content, datetime.fromtimestamp(created, UTC))
    return None


def intent_of(content: Mapping[str, Any], owner: str) -> Intent:
    """Translates a PaymentIntent: https://docs.stripe.com/api/payment_intents/object"""
    status = _INTENT_STATUS[content["status"]]
    currency = str(content["currency"]).upper()
    received = content.get("amount_received", content["amount"]) if status == "captured" else 0
    metadata = content.get("metadata") or {}
    order_id, attempt = _number(metadata.get("order_id")), _number(metadata.get("attempt"))
    return Intent(
        reference=str(content["id"]),
        status=status,
        amount_minor=from_stripe(content["amount"], currency),
        captured_minor=from_stripe(received, currency),
        currency=currency,
        created_at=datetime.fromtimestamp(content["created"], UTC),
        order_id=order_id,
        attempt=attempt,
        client_secret=content.get("client_secret"),
        decline=_decline(content) if status == "open" else None,
        foreign=order_id is None or attempt is None or _belongs_to_another_shop(metadata, owner),
    )


def _decline(intent: Mapping[str, Any]) -> Decline | None:
    error = intent.get("last_payment_error")
    if not error:
        return None
    code = str(error.get("decline_code") or error.get("code") or "declined")
    reference = str(error.get("charge") or f"{intent['id']}:{code}")
    return Decline(reference, code, f"{code}: {error.get('message', '')}")


def refund_of(content: Mapping[str, Any], owner: str) -> ProviderRefund:
    """Translates a Refund: https://docs.stripe.com/api/refunds/object"""
    currency = str(content["currency"]).upper()
    metadata = content.get("metadata") or {}
    return ProviderRefund(
        reference=str(content["id"]),
        intent_reference=content.get("payment_intent"),
        status=_REFUND_STATUS[content["status"]],
        amount_minor=from_stripe(content["amount"], currency),
        currency=currency,
        created_at=datetime.fromtimestamp(content["created"], UTC),
        number=_number(metadata.get("refund")),
        failure=content.get("failure_reason"),
        foreign=_belongs_to_another_shop(metadata, owner),
    )


def dispute_of(content: Mapping[str, Any], as_of: datetime) -> ProviderDispute:
    """Translates a Dispute in its state at `as_of`: https://docs.stripe.com/api/disputes/object"""
    currency = str(content["currency"]).upper()
    due_by = (content.get("evidence_details") or {}).get("due_by")
    return ProviderDispute(
        reference=str(content["id"]),
        intent_reference=content.get("payment_intent"),
        status=_DISPUTE_STATUS.get(content["status"], "open"),
        amount_minor=from_stripe(content["amount"], currency),
        currency=currency,
        reason=str(content.get("reason") or ""),
        opened_at=datetime.fromtimestamp(content["created"], UTC),
        as_of=as_of,
        respond_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
        movements=tuple(_movement(each) for each in content.get("balance_transactions") or ()),
    )


def _movement(transaction: Mapping[str, Any]) -> FundsMovement:
    currency = str(transaction["currency"]).upper()
    return FundsMovement(
        reference=str(transaction["id"]),
        amount_minor=from_stripe(transaction["amount"], currency),
        fee_minor=from_stripe(transaction["fee"], currency),
        currency=currency,
    )


def _belongs_to_another_shop(metadata: Mapping[str, Any], owner: str) -> bool:
    # Earlier releases did not set the shop's name, so an object without a name counts as this shop's.
    return bool(metadata.get("shop", owner) != owner)


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19 else None
