"""Plays a customer's browser and bank at the payment provider of the running shop."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GOOD = "pm_card_visa"
DECLINED = "pm_card_visa_chargeDeclined"
_SECRET_KEY = "sk_test_local"
_PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class CardPayments:
    """The provider at `url`, as browsers, its dashboard and tests use it."""

    url: str

    def confirm(self, started: Mapping[str, Any], card: str) -> requests.Response:
        """Pay a started payment (the body of POST /orders/{id}/payment), as Stripe.js does."""
        secret = str(started["client_secret"])
        return requests.post(
            f"{self.url}/v1/payment_intents/{_intent(started)}/confirm",
            data={"payment_method": card, "client_secret": secret},
            auth=(str(started["publishable_key"]), ""),
            timeout=_PATIENCE_SECONDS,
        )

    def status(self, started: Mapping[str, Any]) -> str:
        """The status of a payment at the provider."""
        return str(self._get(f"payment_intents/{_intent(started)}")["status"])

    def intents_of(self, order_id: int) -> list[dict[str, Any]]:
        """The intents of an order, among the provider's newest hundred."""
        found = self._get("payment_intents", limit=100)["data"]
        return [intent for intent in found if intent["metadata"].get("order_id") == str(order_id)]

    def refunded(self, started: Mapping[str, Any]) -> list[int]:
        """The amounts of a payment's refunds, oldest first."""
        found = self._get("refunds", payment_intent=_intent(started), limit=100)["data"]
        return [refund["amount"] for refund in reversed(found)]

    @contextlib.contextmanager
    def fault(self, **rule: Any) -> Iterator[None]:
        """Inject a fault during the `with` block."""
        requests.post(f"{self.url}/_faults", json=[rule], timeout=_PATIENCE_SECONDS).raise_for_status()
        try:
            yield
        finally:
            requests.delete(f"{self.url}/_faults", timeout=_PATIENCE_SECONDS).raise_for_status()

    @contextlib.contextmanager
    def webhooks_held(self) -> Iterator[None]:
        """Hold webhooks during the `with` block, and send them at its end."""
        with self.fault(webhooks={"hold": True}):
            yield
            self.release_webhooks()

    def dispute(self, intent: str, status: str = "needs_response", amount: int | None = None) -> str:
        """The customer's bank disputes a payment. Returns the dispute's id."""
        about: dict[str, int] = {} if amount is None else {"amount": amount}
        return str(self._post("_disputes", payment_intent=intent, status=status, **about)["id"])

    def decide(self, dispute: str, status: str) -> None:
        """The bank decides a dispute."""
        self._post(f"_disputes/{dispute}", status=status)

    def _post(self, path: str, **body: str | int) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/{path}", json=body, timeout=_PATIENCE_SECONDS)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made

    def release_webhooks(self) -> None:
        """Send the held webhooks, one after the other."""
        requests.post(f"{self.url}/_webhooks/release", timeout=_PATIENCE_SECONDS).raise_for_status()

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = requests.get(f"{self.url}/v1/{path}", params=query, auth=(_SECRET_KEY, ""), timeout=_PATIENCE_SECONDS)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def _intent(started: Mapping[str, Any]) -> str:
    return str(started["client_secret"]).partition("_secret_")[0]
