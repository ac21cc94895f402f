"""The adapter for Stripe: PaymentIntents, refunds, disputes and signed webhooks. Nothing else imports Stripe's client.

Customers pay with cards, or with wallets that contain cards. Bank debits are processed for days and cannot be cancelled
when an order expires. https://docs.stripe.com/api
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
from microshop.payments.providers.event_content import find_problem
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
from microshop.payments.providers.stripe_http_client import KeptConnectionClient
from microshop.payments.providers.stripe_objects import dispute_of, intent_of, refund_of, update_of
from microshop.platform import settings
from microshop.platform.secrets import secret

# Seconds to connect and to read. Together with the database queries they fit into the 10 s of a function. A request
# without an answer is not retried here: the shop records that the outcome is unknown, and checks it later.
_TIMEOUTS = (2.0, 4.5)
# A request is retried for this time while Stripe handles another one. The last try may take both timeouts, within 10 s.
_RETRY_WHILE_BUSY_SECONDS = 1.5
_FIRST_BACKOFF_SECONDS = 0.1
_BUSY_CODES = {"idempotency_key_in_use", "lock_timeout"}
# Lists take longer: a page has a hundred objects, and no client waits for it.
_LIST_TIMEOUTS = (2.0, 15.0)
_WEBHOOK_TOLERANCE_SECONDS = 300
_MAX_EVENT_ID_LENGTH, _MAX_EVENT_TYPE_LENGTH = 100, 64
_PAGE = 100
# Clocks differ, so a dispute from a list counts as older than any event that may still arrive.
_OLDER_THAN_EVENTS = timedelta(minutes=5)


def connect(_name: str) -> PaymentProvider:
    """Returns the adapter. It reads its keys when a request needs them."""
    return StripeProvider(
        settings.text("STRIPE_SECRET_ARN"),
        settings.text("STRIPE_API_URL"),
        settings.text("STRIPE_OWNER"),
        settings.text("STRIPE_KEY_PREFIX", ""),
    )


class StripeProvider:
    """Implements the provider port with Stripe.

    `key_prefix` separates the idempotency keys from those of other shops on the account, which have the same order
    numbers. Do not change it while the shop runs: a repeated request would get another key and be executed twice.
    """

    def __init__(self, secret_arn: str, api_url: str, owner: str, key_prefix: str = "") -> None:
        self._secret_arn = secret_arn
        self._api_url = api_url
        self._owner = owner
        self._key_prefix = key_prefix

    @property
    def publishable_key(self) -> str:
        """The publishable key, with which a front end loads Stripe.js."""
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
        return intent_of(_retry_while_busy(lambda: self._api.payment_intents.create(intent, options)), self._owner)

    def find(self, reference: str) -> Intent:
        """Retrieve a PaymentIntent."""
        with _translate_errors():
            return intent_of(self._api.payment_intents.retrieve(reference).to_dict(), self._owner)

    def cancel(self, reference: str) -> Intent:
        """Cancel a PaymentIntent; one that can no longer be cancelled is retrieved instead."""
        try:
            return intent_of(_retry_while_busy(lambda: self._api.payment_intents.cancel(reference)), self._owner)
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
        return refund_of(_retry_while_busy(lambda: self._api.refunds.create(refund, options)), self._owner)

    def refunds_of(self, reference: str) -> list[ProviderRefund]:
        """List a PaymentIntent's refunds."""
        with _translate_errors():
            found = self._api.refunds.list({"payment_intent": reference, "limit": _PAGE})
            return [refund_of(each.to_dict(), self._owner) for each in found.auto_paging_iter()]

    def intents(self, since: datetime, until: datetime) -> Iterator[Intent]:
        """List PaymentIntents by their creation time."""
        with _translate_errors():
            found = self._lists.payment_intents.list({"created": _between(since, until), "limit": _PAGE})
            for each in found.auto_paging_iter():
                yield intent_of(each.to_dict(), self._owner)

    def refunds(self, since: datetime, until: datetime) -> Iterator[ProviderRefund]:
        """List refunds by their creation time."""
        with _translate_errors():
            found = self._lists.refunds.list({"created": _between(since, until), "limit": _PAGE})
            for each in found.auto_paging_iter():
                yield refund_of(each.to_dict(), self._owner)

    def disputes(self, since: datetime, until: datetime) -> Iterator[ProviderDispute]:
        """List disputes by their creation time."""
        as_of = datetime.now(UTC) - _OLDER_THAN_EVENTS
        with _translate_errors():
            found = self._lists.disputes.list({"created": _between(since, until), "limit": _PAGE})
            for each in found.auto_paging_iter():
                yield dispute_of(each.to_dict(), as_of)

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """Verify the Stripe-Signature header, which is valid for five minutes, and parse the event."""
        try:
            stripe.WebhookSignature.verify_header(
                body, headers.get("stripe-signature", ""), self._keys["webhook_secret"], _WEBHOOK_TOLERANCE_SECONDS
            )
            event = json.loads(body)
            event_id = _identifier(event["id"], _MAX_EVENT_ID_LENGTH)
            event_type = _identifier(event["type"], _MAX_EVENT_TYPE_LENGTH)
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise InvalidWebhook(type(error).__name__) from None
        try:
            update = update_of(event_type, event["data"]["object"], event["created"], self._owner)
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, OSError) as error:
            raise UnusableEvent(event_id, event_type, f"{type(error).__name__}: {error}") from None
        if update and (problem := find_problem(update)):
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
        return _client(self._keys["secret_key"], self._api_url, _LIST_TIMEOUTS).v1


@functools.lru_cache(maxsize=4)  # two kinds of timeouts, each with the key before and after a rotation
def _client(key: str, api_url: str, timeouts: tuple[float, float]) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": api_url},
        http_client=KeptConnectionClient(*timeouts),
        max_network_retries=0,
    )


class _Busy(Unavailable):
    """Stripe is handling another request for this key or object. This one has changed nothing and may be retried."""


def _retry_while_busy(call: Callable[[], Any]) -> dict[str, Any]:
    """Make a request that changes something, and retry it for 1.5 s while Stripe is busy. Returns the object.

    Raises:
        Unavailable: Stripe is still busy, so the request has changed nothing.
    """
    until, delay = time.monotonic() + _RETRY_WHILE_BUSY_SECONDS, _FIRST_BACKOFF_SECONDS
    while True:
        try:
            with _translate_errors():
                return dict(call().to_dict())
        except _Busy:
            if time.monotonic() + delay > until:
                raise
        time.sleep(delay)
        delay *= 2


@contextlib.contextmanager
def _translate_errors() -> Iterator[None]:
    """Translate Stripe's errors to those of the port: https://docs.stripe.com/error-handling

    The client raises a 409 as APIError and a 429 as RateLimitError, both without the code of the body.
    """
    try:
        yield
    except stripe.StripeError as error:
        code = error.code or (error.error.code if error.error else None)
        raise _translate(error, code) from None


def _translate(error: stripe.StripeError, code: str | None) -> Exception:
    if code in _BUSY_CODES or error.http_status == http.HTTPStatus.CONFLICT:
        return _Busy("payments", code or "conflict")
    match error:
        case stripe.AuthenticationError() | stripe.PermissionError() | stripe.RateLimitError():
            return Unavailable("payments", type(error).__name__)  # its message quotes the key
        case stripe.InvalidRequestError() | stripe.CardError():
            return PaymentRefused(code or "invalid_request", error.user_message or "")
    # No connection, a timeout or an error of Stripe. Or an idempotency key that an earlier release sent with other
    # metadata: the search finds the result of that first request.
    return PaymentOutcomeUnknown(f"{type(error).__name__} {error.http_status or ''}".strip())


def _identifier(value: object, max_length: int) -> str:
    """Returns the id or the type of an event.

    Raises:
        ValueError: the value is not an identifier of at most this length.
    """
    if not isinstance(value, str) or not value.isascii() or not 0 < len(value) <= max_length:
        raise ValueError("not an event")
    return value


def _between(since: datetime, until: datetime) -> dict[str, int]:
    return {"gte": int(since.timestamp()), "lt": int(until.timestamp()) + 1}
