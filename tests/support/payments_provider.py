"""The local payment provider as tests use it: the shop's client, a web page's requests, faults and webhooks."""

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

_PATIENCE_SECONDS = 30  # ends a test that would hang, and decides nothing else


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

    def from_a_page(self, path: str, key: str = "pk_test_local", **form: str) -> Response:
        """What a web page posts with the publishable key."""
        origin = {"Origin": "https://shop.example"}
        return requests.post(self.url + path, {"key": key, **form}, headers=origin, timeout=_PATIENCE_SECONDS)

    def has_faults(self, *rules: dict[str, Any]) -> None:
        """Have things go wrong; see Fault."""
        self._ask("POST", "/_faults", list(rules))

    def has_no_faults(self) -> None:
        """Let who hangs go, and deliver what is held."""
        self._ask("DELETE", "/_faults")

    def faults(self) -> list[dict[str, Any]]:
        """The rules in force and how often each matched."""
        found: list[dict[str, Any]] = self._ask("GET", "/_faults")
        return found

    def sends_webhooks_to(self, url: str, secret: str, **more: Any) -> None:
        """Choose where events go."""
        self._ask("POST", "/_config/webhook", {"url": url, "secret": secret, **more})

    def release_webhooks(self, order: str = "as they came") -> list[dict[str, Any]]:
        """Deliver what is held; what became of each."""
        released: list[dict[str, Any]] = self._ask("POST", "/_webhooks/release", {"order": order})
        return released

    def send_webhook(self, kind: str, resource: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Deliver an event of any kind; what became of it."""
        sent: dict[str, Any] = self._ask("POST", "/_webhooks/send", {"type": kind, "object": resource, **more})
        return sent

    def webhooks(self) -> list[dict[str, Any]]:
        """All that was sent."""
        found: list[dict[str, Any]] = self._ask("GET", "/_webhooks")
        return found

    def reset(self) -> None:
        """Nothing goes wrong and nobody is told anything; payments stay."""
        self._ask("DELETE", "/_config/webhook")
        self.has_no_faults()

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, self.url + path, json=body, timeout=_PATIENCE_SECONDS)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextlib.contextmanager
def running_provider(folder: Path) -> Iterator[PaymentsProvider]:
    """A provider with its payments in the folder."""
    server, processes = Stripe(folder), Processes(folder / "run")
    child = processes.start(server.prepare())
    try:
        child.wait_until(server.is_ready, _PATIENCE_SECONDS)
        yield PaymentsProvider(server.url)
    finally:
        processes.stop(child, server.patience)
