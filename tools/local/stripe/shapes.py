"""Gives localstripe's resources the form that Stripe's have: unexpanded ids, newer fields, codes of declines."""

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
# What Stripe lets a web page see of a payment intent: nothing that the shop noted for itself.
_PUBLISHED = (
    *("id", "object", "amount", "automatic_payment_methods", "canceled_at", "cancellation_reason", "capture_method"),
    *("client_secret", "confirmation_method", "created", "currency", "description", "last_payment_error", "livemode"),
    *("next_action", "payment_method", "payment_method_types", "receipt_email", "setup_future_usage", "shipping"),
    "status",
)


def payment_intent(
    raw: Resource, extras: Mapping[str, Any], decline: Decline | None, expand: Iterable[str] = ()
) -> Resource:
    """A payment intent; `extras` are fields that localstripe does not keep."""
    shaped = {**_INTENT, **raw, **extras, "metadata": _metadata(raw)}
    del shaped["charges"]  # gone from Stripe's API since 2022-11-15
    charged = raw["latest_charge"]
    if charged and raw["status"] == "succeeded":
        shaped["amount_received"] = charged["amount"]
    if charged and raw["status"] == "requires_capture":
        shaped["amount_capturable"] = charged["amount"]
    shaped["last_payment_error"] = payment_error(raw, decline)
    if raw["status"] == "requires_payment_method":
        shaped["payment_method"] = None
    if charged:
        is_expanded = any(name.removeprefix("data.").startswith("latest_charge") for name in expand)
        shaped["latest_charge"] = charge(charged, decline) if is_expanded else charged["id"]
    return shaped


def payment_error(raw: Resource, decline: Decline | None) -> Resource | None:
    """Why a payment intent's last charge failed, in the form of `last_payment_error`."""
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


def published(intent: Resource) -> Resource:
    """What a web page is shown of it."""
    return {name: intent[name] for name in _PUBLISHED}


def charge(raw: Resource, decline: Decline | None = None) -> Resource:
    """A charge."""
    shaped = {"disputed": False, "dispute": None, **raw}
    del shaped["refunds"]  # only there when it is asked for, since 2022-11-15
    if raw["status"] == "failed":
        why = decline or GENERIC
        shaped |= {"failure_code": why.code, "failure_message": why.message}
    return shaped


def refund(raw: Resource, extras: Mapping[str, Any]) -> Resource:
    """A refund."""
    shaped = {"failure_reason": None, "reason": None, **raw, **extras, "metadata": _metadata(raw)}
    shaped.pop("date", None)
    return shaped


def _metadata(raw: Resource) -> Resource:
    # Stripe removes what is set to nothing.
    return {name: value for name, value in (raw.get("metadata") or {}).items() if value != ""}
