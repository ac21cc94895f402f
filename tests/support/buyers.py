"""Customers and an admin as HTTP clients of a shop."""

from __future__ import annotations

import os
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from tools.demo.data import ADMIN_EMAIL, ADMIN_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

_PASSWORD = "correct horse battery"
_PATIENCE_SECONDS = 60.0
# After these the outcome is unknown, and the client retries.
_RETRIED_STATUSES = {500, 502, 503, 504}


@dataclass
class Client:
    """A user who is logged in."""

    api: str
    email: str
    password: str
    token: str = ""
    user_id: int = 0

    def request(self, method: str, path: str, **named: Any) -> requests.Response:
        """Send one request; `path` follows /api/v1."""
        headers = {"Authorization": f"Bearer {self.token}", **named.pop("headers", {})}
        return requests.request(method, f"{self.api}{path}", headers=headers, timeout=_PATIENCE_SECONDS, **named)

    def log_in(self) -> None:
        """Log in and keep the token; retried until it succeeds."""
        body = {"email": self.email, "password": self.password}
        answer = with_retries(lambda: requests.post(f"{self.api}/users/login", json=body, timeout=_PATIENCE_SECONDS))
        assert answer.status_code == 200, answer.text
        self.token, self.user_id = answer.json()["token"], answer.json()["user"]["id"]

    def order(self, *items: tuple[int, int], key: str | None = None, **more: Any) -> requests.Response:
        """Place an order, without retries."""
        lines = [{"product_id": product_id, "quantity": quantity} for product_id, quantity in items]
        headers = {"Idempotency-Key": key} if key else {}
        return self.request(
            "POST", "/orders", json={"items": lines, "address": "1 Main Street", **more}, headers=headers
        )

    def order_with_retries(self, *items: tuple[int, int]) -> requests.Response:
        """Place one order with an idempotency key: retries after a lost answer, and logs in again after a 401."""
        key = str(uuid.uuid4())

        def send() -> requests.Response:
            while (answer := self.order(*items, key=key)).status_code == 401:
                self.log_in()
            return answer

        return with_retries(send)


def with_retries(send: Callable[[], requests.Response]) -> requests.Response:
    """Call `send` until its answer is neither lost nor one of the retried statuses, for 60 seconds at most."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            answer = send()
            if answer.status_code not in _RETRIED_STATUSES or time.monotonic() > until:
                return answer
        except requests.ConnectionError:
            if time.monotonic() > until:
                raise
        time.sleep(0.1)


def a_customer(url: str, *, language: str = "en") -> Client:
    """Register a customer and log in."""
    api, email = f"{url}/api/v1", f"buyer-{secrets.token_hex(8)}@example.com"
    body = {"username": "Mina", "email": email, "password": _PASSWORD, "language": language}
    answer = requests.post(f"{api}/users/register", json=body, timeout=_PATIENCE_SECONDS)
    assert answer.status_code == 201, answer.text
    client = Client(api, email, _PASSWORD)
    client.log_in()
    return client


def the_admin(url: str) -> Client:
    """Log in as the demo data's admin, or as that of ADMIN_EMAIL and ADMIN_PASSWORD."""
    email, password = os.environ.get("ADMIN_EMAIL", ADMIN_EMAIL), os.environ.get("ADMIN_PASSWORD", ADMIN_PASSWORD)
    client = Client(f"{url}/api/v1", email, password)
    client.log_in()
    return client


def a_product(admin: Client, *, stock: int, name: str = "Kettle", price: str = "19.99") -> int:
    """Create a product. Returns its id."""
    answer = admin.request("POST", "/products", json={"name": name, "price": price, "stock": stock})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["product_id"])


def stock_of(client: Client, product_id: int) -> int:
    """The product's stock, as the API shows it."""
    answer = client.request("GET", f"/products/{product_id}")
    assert answer.status_code == 200, answer.text
    return int(answer.json()["stock"])
