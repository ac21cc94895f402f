"""Actions of customers, their cards and the payment provider outside the API, for the tests of payments."""

import contextlib
import json
import time
import uuid
from typing import Any

import stripe
from requests import Response

from tests.support.shop import Customer, Shop
from tools.local.stripe.webhooks import signature


def start(shop: Shop, by: Customer, order_id: int) -> Response:
    """Start the payment of an order."""
    return shop.ask("POST", f"/orders/{order_id}/payment", by=by)


def reference_of(shop: Shop, order_id: int) -> str:
    """Returns the provider's reference of the last payment attempt."""
    sql = "SELECT reference FROM payments WHERE order_id = %(id)s ORDER BY attempt DESC"
    return str(shop.database.rows(sql, {"id": order_id})[0]["reference"])


def use_card(shop: Shop, order_id: int, card: str = "pm_card_visa") -> dict[str, Any]:
    """Pay with a card at the provider, without a webhook. Returns the payment intent."""
    intents, reference = shop.provider.stripe.v1.payment_intents, reference_of(shop, order_id)
    with contextlib.suppress(stripe.CardError):  # the customer sees it and may try again
        intents.confirm(reference, {"payment_method": card})
    return intents.retrieve(reference).to_dict()


def send_webhook(shop: Shop, kind: str, about: dict[str, Any], **event: Any) -> Response:
    """Send a signed webhook; see `signed` for the options."""
    body, headers = signed(shop, kind, about, **event)
    return shop.ask("POST", "/payments/stripe/webhook", body=body, headers=headers)


def signed(
    shop: Shop, kind: str, about: dict[str, Any], *, event_id: str | None = None, age_seconds: int = 0
) -> tuple[bytes, dict[str, str]]:
    """Returns body and headers of a webhook that was signed `age_seconds` ago."""
    event = {
        "id": event_id or f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "type": kind,
        "created": int(time.time()) - age_seconds,
        "data": {"object": about},
    }
    body = json.dumps(event).encode()
    stripe_signature = signature(body, shop.webhook_secret, int(time.time()) - age_seconds)
    return body, {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": stripe_signature}


def pay(shop: Shop, by: Customer, order_id: int) -> str:
    """Start a payment, use a card and send the webhook. Returns the provider's reference."""
    assert start(shop, by, order_id).status_code == 200
    paid = use_card(shop, order_id)
    assert send_webhook(shop, "payment_intent.succeeded", paid).status_code == 200
    return str(paid["id"])


def refund(shop: Shop, admin: Customer, order_id: int, *, key: str | None = None, **body: Any) -> Response:
    """Refund an order."""
    headers = {"Idempotency-Key": key} if key else {}
    return shop.ask("POST", f"/orders/{order_id}/refunds", by=admin, json=body, headers=headers)


def payments_of(shop: Shop, by: Customer, order_id: int) -> dict[str, Any]:
    """Returns the payments and refunds of an order."""
    found: dict[str, Any] = shop.ask("GET", f"/orders/{order_id}/payments", by=by).json()
    return found


def fail_once(shop: Shop, **rule: Any) -> None:
    """Let the next request to the provider that matches the rule fail; see Fault in tools/local/."""
    shop.provider.inject_faults({**rule, "count": 1})
