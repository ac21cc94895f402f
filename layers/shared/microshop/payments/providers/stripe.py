"""Stripe, through its own client: PaymentIntents, refunds and signed webhooks. The only module that imports it.

Cards and the wallets that carry cards are what a customer can pay with: money that is on its way for days, as bank
debits are, cannot be called off when an order expires. https://docs.stripe.com/api
"""

import contextlib
import functools
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe

from microshop.errors import InvalidWebhook, PaymentRefused, PaymentUnsure, Unavailable
from microshop.payments.provider import (
    Decline,
    Dispute,
    Intent,
    IntentStatus,
    PaymentProvider,
    PaymentRequest,
    ProviderEvent,
    ProviderRefund,
    RefundRequest,
    RefundStatus,
)
from microshop.platform import settings
from microshop.platform.secrets import secret

# Seconds to connect and to wait: with the database's part below the 10 s that a function has. An attempt that got no
# answer is not repeated here: the shop notes that it does not know, and asks.
_TIMEOUTS = (2.0, 4.5)
_WEBHOOK_TOLERANCE_SECONDS = 300
_PAGE = 100
_LONGEST_REQUEST = timedelta(hours=1)
# Stripe wants two decimals of these, although they have none: https://docs.stripe.com/currencies#special-cases
_HUNDREDFOLD = frozenset({"ISK", "UGX"})

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
_DISPUTE_EVENTS = frozenset(("charge.dispute.created", "charge.dispute.closed"))


def connect(_name: str) -> PaymentProvider:
    """The adapter, which reads its keys when it needs them."""
    return StripeProvider(settings.text("STRIPE_SECRET_ARN"), settings.text("STRIPE_API_URL"))


class StripeProvider:
    """Implements the port with Stripe."""

    def __init__(self, secret_arn: str, api_url: str) -> None:
        self._secret_arn = secret_arn
        self._api_url = api_url

    @property
    def publishable_key(self) -> str:
        """What Stripe.js is loaded with."""
        return self._keys["publishable_key"]

    def start(self, request: PaymentRequest) -> Intent:
        """Create a PaymentIntent."""
        with _told_as_errors():
            made = self._api.payment_intents.create(
                {
                    "amount": _to_stripe(request.amount_minor, request.currency),
                    "currency": request.currency.lower(),
                    "payment_method_types": ["card"],
                    "metadata": {
                        "order_id": str(request.order_id),
                        "order_number": request.order_number,
                        "attempt": str(request.attempt),
                    },
                },
                {"idempotency_key": request.idempotency_key},
            )
        return _intent(made.to_dict())

    def find(self, reference: str) -> Intent:
        """Retrieve a PaymentIntent."""
        with _told_as_errors():
            return _intent(self._api.payment_intents.retrieve(reference).to_dict())

    def find_attempt(self, order_id: int, attempt: int, since: datetime) -> Intent | None:
        """Look through the PaymentIntents of the time after `since`: Stripe's search is minutes behind."""
        for intent in self.intents(since, since + _LONGEST_REQUEST):
            if (intent.order_id, intent.attempt) == (order_id, attempt):
                return intent
        return None

    def cancel(self, reference: str) -> Intent:
        """Cancel a PaymentIntent; one that can no longer be cancelled is retrieved instead."""
        try:
            with _told_as_errors():
                return _intent(self._api.payment_intents.cancel(reference).to_dict())
        except PaymentRefused:
            return self.find(reference)

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Create a refund of a PaymentIntent."""
        with _told_as_errors():
            made = self._api.refunds.create(
                {
                    "payment_intent": request.intent_reference,
                    "amount": _to_stripe(request.amount_minor, request.currency),
                    "metadata": {"order_id": str(request.order_id), "refund": str(request.number)},
                },
                {"idempotency_key": request.idempotency_key},
            )
        return _refund(made.to_dict())

    def refunds_of(self, reference: str) -> list[ProviderRefund]:
        """List a PaymentIntent's refunds."""
        with _told_as_errors():
            found = self._api.refunds.list({"payment_intent": reference, "limit": _PAGE})
            return [_refund(each.to_dict()) for each in found.auto_paging_iter()]

    def intents(self, since: datetime, until: datetime) -> Iterator[Intent]:
        """List PaymentIntents by the time of their making."""
        with _told_as_errors():
            found = self._api.payment_intents.list({"created": _between(since, until), "limit": _PAGE})
            for each in found.auto_paging_iter():
                yield _intent(each.to_dict())

    def refunds(self, since: datetime, until: datetime) -> Iterator[ProviderRefund]:
        """List refunds by the time of their making."""
        with _told_as_errors():
            found = self._api.refunds.list({"created": _between(since, until), "limit": _PAGE})
            for each in found.auto_paging_iter():
                yield _refund(each.to_dict())

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """Check the Stripe-Signature, which is good for five minutes, and read the event."""
        try:
            stripe.WebhookSignature.verify_header(
                body, headers.get("stripe-signature", ""), self._keys["webhook_secret"], _WEBHOOK_TOLERANCE_SECONDS
            )
            event = json.loads(body)
            return ProviderEvent(str(event["id"]), str(event["type"]), _about(event["type"], event["data"]["object"]))
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as error:
            raise InvalidWebhook(type(error).__name__) from None

    @property
    def _keys(self) -> Mapping[str, str]:
        return secret(self._secret_arn)

    @property
    def _api(self) -> Any:
        return _client(self._keys["secret_key"], self._api_url).v1


@functools.lru_cache(maxsize=2)  # the key before a rotation and the one after it
def _client(key: str, api_url: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": api_url},
        http_client=stripe.RequestsClient(timeout=_TIMEOUTS),
        max_network_retries=0,
    )


@contextlib.contextmanager
def _told_as_errors() -> Iterator[None]:
    """Stripe's errors in the port's words: https://docs.stripe.com/error-handling"""
    try:
        yield
    except (stripe.AuthenticationError, stripe.PermissionError, stripe.RateLimitError) as error:
        raise Unavailable("payments", type(error).__name__) from None  # its message quotes the key
    except (stripe.InvalidRequestError, stripe.CardError, stripe.IdempotencyError) as error:
        if error.code in ("idempotency_key_in_use", "lock_timeout"):
            raise PaymentUnsure(error.code) from None
        raise PaymentRefused(error.code or "invalid_request", error.user_message or "") from None
    except stripe.StripeError as error:  # no connection, no answer in time, a fault of Stripe's
        raise PaymentUnsure(f"{type(error).__name__} {error.http_status or ''}".strip()) from None


def _about(event_type: str, thing: dict[str, Any]) -> Intent | ProviderRefund | Dispute | None:
    if event_type in _INTENT_EVENTS:
        return _intent(thing)
    if event_type in _REFUND_EVENTS:
        return _refund(thing)
    if event_type in _DISPUTE_EVENTS:
        return _dispute(thing, closed=event_type.endswith("closed"))
    return None


def _intent(thing: Mapping[str, Any]) -> Intent:
    status = _INTENT_STATUS[thing["status"]]
    currency = str(thing["currency"]).upper()
    received = thing.get("amount_received", thing["amount"]) if status == "captured" else 0
    metadata = thing.get("metadata") or {}
    return Intent(
        reference=str(thing["id"]),
        status=status,
        amount_minor=_from_stripe(thing["amount"], currency),
        captured_minor=_from_stripe(received, currency),
        currency=currency,
        created_at=datetime.fromtimestamp(thing["created"], UTC),
        order_id=_number(metadata.get("order_id")),
        attempt=_number(metadata.get("attempt")),
        client_secret=thing.get("client_secret"),
        decline=_decline(thing) if status == "open" else None,
    )


def _decline(intent: Mapping[str, Any]) -> Decline | None:
    error = intent.get("last_payment_error")
    if not error:
        return None
    code = str(error.get("decline_code") or error.get("code") or "declined")
    reference = str(error.get("charge") or f"{intent['id']}:{code}")
    return Decline(reference, code, f"{code}: {error.get('message', '')}")


def _refund(thing: Mapping[str, Any]) -> ProviderRefund:
    currency = str(thing["currency"]).upper()
    return ProviderRefund(
        reference=str(thing["id"]),
        intent_reference=thing.get("payment_intent"),
        status=_REFUND_STATUS[thing["status"]],
        amount_minor=_from_stripe(thing["amount"], currency),
        currency=currency,
        created_at=datetime.fromtimestamp(thing["created"], UTC),
        number=_number((thing.get("metadata") or {}).get("refund")),
        failure=thing.get("failure_reason"),
    )


def _dispute(thing: Mapping[str, Any], *, closed: bool) -> Dispute:
    currency = str(thing["currency"]).upper()
    return Dispute(
        reference=str(thing["id"]),
        intent_reference=thing.get("payment_intent"),
        amount_minor=_from_stripe(thing["amount"], currency),
        currency=currency,
        reason=str(thing.get("reason", "")),
        closed=str(thing["status"]) if closed else None,
    )


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19 else None


def _between(since: datetime, until: datetime) -> dict[str, int]:
    return {"gte": int(since.timestamp()), "lt": int(until.timestamp()) + 1}


def _to_stripe(minor: int, currency: str) -> int:
    return minor * 100 if currency in _HUNDREDFOLD else minor


def _from_stripe(amount: int, currency: str) -> int:
    return amount // 100 if currency in _HUNDREDFOLD else amount
