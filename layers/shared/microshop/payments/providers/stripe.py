"""Stripe, through its own client: PaymentIntents, refunds and signed webhooks. The only module that imports it.

Cards and the wallets that carry cards are what a customer can pay with: money that is on its way for days, as bank
debits are, cannot be called off when an order expires. https://docs.stripe.com/api
"""

import contextlib
import functools
import http
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe

from microshop.errors import InvalidWebhook, PaymentOutcomeUnknown, PaymentRefused, Unavailable
from microshop.payments.providers.event_content import problem_of
from microshop.payments.providers.port import (
    Intent,
    PaymentProvider,
    PaymentRequest,
    ProviderDispute,
    ProviderEvent,
    ProviderRefund,
    RefundRequest,
    UnusableEvent,
)
from microshop.payments.providers.stripe_currencies import to_stripe
from microshop.payments.providers.stripe_objects import dispute_of, intent_of, refund_of, update_of
from microshop.platform import settings
from microshop.platform.secrets import secret

# Seconds to connect and to wait: with the database's part below the 10 s that a function has. An attempt that got no
# answer is not repeated here: the shop notes that it does not know, and asks.
_TIMEOUTS = (2.0, 4.5)
# How long a request is retried while Stripe works on another one: the last try may take both timeouts, of 10 s in all.
_PATIENCE_WHILE_BUSY_SECONDS = 1.5
_FIRST_PAUSE_WHILE_BUSY_SECONDS = 0.1
_BUSY_CODES = {"idempotency_key_in_use", "lock_timeout"}
# Lists are longer calls: a page of a hundred takes more time than one object, and no client waits for it.
_TIMEOUTS_OF_LISTS = (2.0, 15.0)
_WEBHOOK_TOLERANCE_SECONDS = 300
_MAX_EVENT_ID, _MAX_EVENT_TYPE = 100, 64
_PAGE = 100
# Clocks differ, so a dispute from a list counts as older than any event that may still arrive.
_OLDER_THAN_EVENTS = timedelta(minutes=5)


def connect(_name: str) -> PaymentProvider:
    """The adapter, which reads its keys when it needs them."""
    return StripeProvider(
        settings.text("STRIPE_SECRET_ARN"),
        settings.text("STRIPE_API_URL"),
        settings.text("STRIPE_OWNER"),
        settings.text("STRIPE_KEY_PREFIX", ""),
    )


class StripeProvider:
    """Implements the port with Stripe.

    `key_prefix` keeps the idempotency keys apart from those of other shops on the account, whose orders have the same
    numbers. A running shop must not change it: a repeated request would get another key and happen twice.
    """

    def __init__(self, secret_arn: str, api_url: str, owner: str, key_prefix: str = "") -> None:
        self._secret_arn = secret_arn
        self._api_url = api_url
        self._owner = owner
        self._key_prefix = key_prefix

    @property
    def publishable_key(self) -> str:
        """What Stripe.js is loaded with."""
        return self._keys["publishable_key"]

    def start(self, request: PaymentRequest) -> Intent:
        """Create a PaymentIntent."""
        intent = {
            "amount": to_stripe(request.amount_minor, request.currency),
            "currency": request.currency.lower(),
            "payment_method_types": ["card"],
            "metadata": {
                "shop": self._owner,
                "order_id": str(request.order_id),
                "order_number": request.order_number,
                "attempt": str(request.attempt),
            },
        }
        options = {"idempotency_key": self._key_prefix + request.idempotency_key}
        return intent_of(_when_free(lambda: self._api.payment_intents.create(intent, options)), self._owner)

    def find(self, reference: str) -> Intent:
        """Retrieve a PaymentIntent."""
        with _translated_errors():
            return intent_of(self._api.payment_intents.retrieve(reference).to_dict(), self._owner)

    def cancel(self, reference: str) -> Intent:
        """Cancel a PaymentIntent; one that can no longer be cancelled is retrieved instead."""
        try:
            return intent_of(_when_free(lambda: self._api.payment_intents.cancel(reference)), self._owner)
        except PaymentRefused:
            return self.find(reference)

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Create a refund of a PaymentIntent."""
        refund = {
            "payment_intent": request.intent_reference,
            "amount": to_stripe(request.amount_minor, request.currency),
            "metadata": {"shop": self._owner, "order_id": str(request.order_id), "refund": str(request.number)},
        }
        options = {"idempotency_key": self._key_prefix + request.idempotency_key}
        return refund_of(_when_free(lambda: self._api.refunds.create(refund, options)), self._owner)

    def refunds_of(self, reference: str) -> list[ProviderRefund]:
        """List a PaymentIntent's refunds."""
        with _translated_errors():
            found = self._api.refunds.list({"payment_intent": reference, "limit": _PAGE})
            return [refund_of(each.to_dict(), self._owner) for each in found.auto_paging_iter()]

    def intents(self, since: datetime, until: datetime) -> Iterator[Intent]:
        """List PaymentIntents by the time of their making."""
        with _translated_errors():
            found = self._lists.payment_intents.list({"created": _between(since, until), "limit": _PAGE})
            for each in found.auto_paging_iter():
                yield intent_of(each.to_dict(), self._owner)

    def refunds(self, since: datetime, until: datetime) -> Iterator[ProviderRefund]:
        """List refunds by the time of their making."""
        with _translated_errors():
            found = self._lists.refunds.list({"created": _between(since, until), "limit": _PAGE})
            for each in found.auto_paging_iter():
                yield refund_of(each.to_dict(), self._owner)

    def disputes(self, since: datetime, until: datetime) -> Iterator[ProviderDispute]:
        """List disputes by the time of their opening."""
        as_of = datetime.now(UTC) - _OLDER_THAN_EVENTS
        with _translated_errors():
            found = self._lists.disputes.list({"created": _between(since, until), "limit": _PAGE})
            for each in found.auto_paging_iter():
                yield dispute_of(each.to_dict(), as_of)

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """Check the Stripe-Signature, which is good for five minutes, and read the event."""
        try:
            stripe.WebhookSignature.verify_header(
                body, headers.get("stripe-signature", ""), self._keys["webhook_secret"], _WEBHOOK_TOLERANCE_SECONDS
            )
            event = json.loads(body)
            event_id, event_type = _name(event["id"], _MAX_EVENT_ID), _name(event["type"], _MAX_EVENT_TYPE)
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise InvalidWebhook(type(error).__name__) from None
        try:
            update = update_of(event_type, event["data"]["object"], event["created"], self._owner)
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, OSError) as error:
            raise UnusableEvent(event_id, event_type, f"{type(error).__name__}: {error}") from None
        if update and (problem := problem_of(update)):
            raise UnusableEvent(event_id, event_type, problem)
        return ProviderEvent(event_id, event_type, update)

    @property
    def _keys(self) -> Mapping[str, str]:
        return secret(self._secret_arn)

    @property
    def _api(self) -> Any:
        return _client(self._keys["secret_key"], self._api_url, _TIMEOUTS).v1

    @property
    def _lists(self) -> Any:
        return _client(self._keys["secret_key"], self._api_url, _TIMEOUTS_OF_LISTS).v1


@functools.lru_cache(maxsize=4)  # for the key before a rotation and the one after it
def _client(key: str, api_url: str, timeouts: tuple[float, float]) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": api_url},
        http_client=stripe.RequestsClient(timeout=timeouts),
        max_network_retries=0,
    )


class _Busy(Unavailable):
    """Stripe is working on the same request or object. This request has changed nothing and may be retried."""


def _when_free(ask: Callable[[], Any]) -> dict[str, Any]:
    """Returns the answer to a request that changes something; retries it for 1.5 s while Stripe is busy.

    Raises:
        Unavailable: Stripe is still busy, so the request has changed nothing.
    """
    until, pause = time.monotonic() + _PATIENCE_WHILE_BUSY_SECONDS, _FIRST_PAUSE_WHILE_BUSY_SECONDS
    while True:
        try:
            with _translated_errors():
                return dict(ask().to_dict())
        except _Busy:
            if time.monotonic() + pause > until:
                raise
        time.sleep(pause)
        pause *= 2


@contextlib.contextmanager
def _translated_errors() -> Iterator[None]:
    """Translate Stripe's errors to those of the port: https://docs.stripe.com/error-handling

    The client raises a 409 as APIError and a 429 as RateLimitError, both without the code of the body.
    """
    try:
        yield
    except stripe.StripeError as error:
        code = error.code or (error.error.code if error.error else None)
        raise _translated(error, code) from None


def _translated(error: stripe.StripeError, code: str | None) -> Exception:
    if code in _BUSY_CODES or error.http_status == http.HTTPStatus.CONFLICT:
        return _Busy("payments", code or "conflict")
    match error:
        case stripe.AuthenticationError() | stripe.PermissionError() | stripe.RateLimitError():
            return Unavailable("payments", type(error).__name__)  # its message quotes the key
        case stripe.InvalidRequestError() | stripe.CardError():
            return PaymentRefused(code or "invalid_request", error.user_message or "")
    # No connection, no answer in time, a fault of Stripe's. Or a key that was sent with other parameters, by a release
    # with other metadata: what the first request did is for the search to find out.
    return PaymentOutcomeUnknown(f"{type(error).__name__} {error.http_status or ''}".strip())


def _name(value: object, longest: int) -> str:
    """Returns an id or type of an event.

    Raises:
        ValueError: it is not the name of an event.
    """
    if not isinstance(value, str) or not value.isascii() or not 0 < len(value) <= longest:
        raise ValueError("no event")
    return value


def _between(since: datetime, until: datetime) -> dict[str, int]:
    return {"gte": int(since.timestamp()), "lt": int(until.timestamp()) + 1}
