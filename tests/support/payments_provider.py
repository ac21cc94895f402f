"""The local payment provider for tests: the shop's client, requests of a web page, faults and webhooks."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import requests
import stripe

from tools.local.servers.processes import Processes
from tools.local.stripe.server import Stripe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from requests import Response

_PATIENCE_SECONDS = 30  # only ends a test that hangs


class PaymentsProvider:
    """A running provider."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.stripe = self.client()

    def client(self, *, retries: int = 0) -> stripe.StripeClient:
        """Stripe's client with the shop's secret key."""
        return stripe.StripeClient(
            "sk_test_local",
            base_addresses={"api": self.url},
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=_PATIENCE_SECONDS),
        )

    def post_from_page(self, path: str, key: str = "pk_test_local", **form: str) -> Response:
        """Send a request of a web page, with the publishable key."""
        origin = {"Origin": "https://shop.example"}
        return requests.post(self.url + path, {"key": key, **form}, headers=origin, timeout=_PATIENCE_SECONDS)

    def inject_faults(self, *rules: dict[str, Any]) -> None:
        """Set the rules for faults; see Fault."""
        self._request("POST", "/_faults", list(rules))

    def clear_faults(self) -> None:
        """Remove all faults, which continues hanging requests and delivers held webhooks."""
        self._request("DELETE", "/_faults")

    def faults(self) -> list[dict[str, Any]]:
        """The current rules, and how often each has matched."""
        found: list[dict[str, Any]] = self._request("GET", "/_faults")
        return found

    def send_webhooks_to(self, url: str, secret: str, **more: Any) -> None:
        """Set the URL for webhooks."""
        self._request("POST", "/_config/webhook", {"url": url, "secret": secret, **more})

    def release_webhooks(self, order: str = "as they came") -> list[dict[str, Any]]:
        """Deliver held webhooks. Returns the result of each."""
        released: list[dict[str, Any]] = self._request("POST", "/_webhooks/release", {"order": order})
        return released

    def send_webhook(self, kind: str, resource: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Deliver an event of any type. Returns the result."""
        sent: dict[str, Any] = self._request("POST", "/_webhooks/send", {"type": kind, "object": resource, **more})
        return sent

    def webhooks(self) -> list[dict[str, Any]]:
        """All webhooks, with their attempts."""
        found: list[dict[str, Any]] = self._request("GET", "/_webhooks")
        return found

    def reset(self) -> None:
        """Remove faults and the URL for webhooks. Payments stay."""
        self._request("DELETE", "/_config/webhook")
        self.clear_faults()

    def _request(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, self.url + path, json=body, timeout=_PATIENCE_SECONDS)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextlib.contextmanager
def running_provider(folder: Path) -> Iterator[PaymentsProvider]:
    """Run a provider that keeps its payments in the folder."""
    server, processes = Stripe(folder), Processes(folder / "run")
    child = processes.start(server.prepare())
    try:
        child.wait_until(server.is_ready, _PATIENCE_SECONDS)
        yield PaymentsProvider(server.url)
    finally:
        processes.stop(child, server.stop_timeout)
