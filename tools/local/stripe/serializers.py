"""Converts localstripe's resources into Stripe's form: ids instead of objects, newer fields, decline codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.local.stripe.cards import GENERIC, Decline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tools.local.stripe.call import Resource

_INTENT: Resource = {
    "amount_capturable": 0,
    "amount_received": 0,
    "automatic_payment_methods": None,
    "canceled_at": None,
    "cancellation_reason": None,
    "confirmation_method": "automatic",
    "description": None,
    "payment_method_options": {},
    "payment_method_types": ["card"],
    "receipt_email": None,
    "setup_future_usage": None,
    "shipping": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
}
# The fields of a payment intent that Stripe returns for a publishable key: without `metadata`, for example.
_PUBLIC_FIELDS = (
    *("id", "object", "amount", "automatic_payment_methods", "canceled_at", "cancellation_reason", "capture_method"),
    *("client_secret", "confirmation_method", "created", "currency", "description", "last_payment_error", "livemode"),
    *("next_action", "payment_method", "payment_method_types", "receipt_email", "setup_future_usage", "shipping"),
    "status",
)


def payment_intent(
    raw: Resource, extras: Mapping[str, Any], decline: Decline | None, expand: Iterable[str] = ()
) -> Resource:
    """Returns a payment intent. `extras` are the fields that localstripe does not store."""
    serialized = {**_INTENT, **raw, **extras, "metadata": _metadata(raw)}
    del serialized["charges"]  # not in Stripe's API since 2022-11-15
    charged = raw["latest_charge"]
    if charged and raw["status"] == "succeeded":
        serialized["amount_received"] = charged["amount"]
    if charged and raw["status"] == "requires_capture":
        serialized["amount_capturable"] = charged["amount"]
    serialized["last_payment_error"] = payment_error(raw, decline)
    if raw["status"] == "requires_payment_method":
        serialized["payment_method"] = None
    if charged:
        is_expanded = any(name.removeprefix("data.").startswith("latest_charge") for name in expand)
        serialized["latest_charge"] = charge(charged, decline) if is_expanded else charged["id"]
    return serialized


def payment_error(raw: Resource, decline: Decline | None) -> Resource | None:
    """Returns the `last_payment_error` of a payment intent."""
    error = raw["last_payment_error"]
    if not error or "charge" not in error:
        return error and {"type": "invalid_request_error", **error}
    why = decline or GENERIC
    return {
        "type": "card_error",
        "charge": error["charge"],
        "code": why.code,
        "decline_code": why.decline_code,
        "message": why.message,
        "payment_method": {"id": raw["payment_method"], "object": "payment_method", "type": "card"},
    }


def public_fields(intent: Resource) -> Resource:
    """Returns the fields that a web page may see."""
    return {name: intent[name] for name in _PUBLIC_FIELDS}


def charge(raw: Resource, decline: Decline | None = None) -> Resource:
    """Returns a charge."""
    serialized = {"disputed": False, "dispute": None, **raw}
    del serialized["refunds"]  # only in expanded charges since 2022-11-15
    if raw["status"] == "failed":
        why = decline or GENERIC
        serialized |= {"failure_code": why.code, "failure_message": why.message}
    return serialized


def refund(raw: Resource, extras: Mapping[str, Any]) -> Resource:
    """Returns a refund."""
    serialized = {"failure_reason": None, "reason": None, **raw, **extras, "metadata": _metadata(raw)}
    serialized.pop("date", None)
    return serialized


def _metadata(raw: Resource) -> Resource:
    # Stripe removes a key whose value is empty.
    return {name: value for name, value in (raw.get("metadata") or {}).items() if value != ""}
