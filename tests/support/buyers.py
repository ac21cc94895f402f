"""Customers and an admin who speak HTTP, for journeys and for crowds."""

from __future__ import annotations

import os
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Any

import requests

from tools.demo.data import ADMIN_EMAIL, ADMIN_PASSWORD

_PASSWORD = "correct horse battery"
_PATIENCE_SECONDS = 60.0
# A client that gets one of these knows nothing, and asks again.
_ASK_AGAIN = {500, 502, 503, 504}


@dataclass
class Client:
    """Somebody who is logged in."""

    api: str
    email: str
    password: str
    token: str = ""
    user_id: int = 0

    def ask(self, method: str, path: str, **named: Any) -> requests.Response:
        """One request; `path` goes on after /api/v1."""
        headers = {"Authorization": f"Bearer {self.token}", **named.pop("headers", {})}
        return requests.request(method, f"{self.api}{path}", headers=headers, timeout=_PATIENCE_SECONDS, **named)

    def log_in(self) -> None:
        """Get a token, however often that takes."""
        body = {"email": self.email, "password": self.password}
        answer = insisting(lambda: requests.post(f"{self.api}/users/login", json=body, timeout=_PATIENCE_SECONDS))
        assert answer.status_code == 200, answer.text
        self.token, self.user_id = answer.json()["token"], answer.json()["user"]["id"]

    def order(self, *items: tuple[int, int], key: str | None = None, **more: Any) -> requests.Response:
        """Place an order, once."""
        lines = [{"product_id": product_id, "quantity": quantity} for product_id, quantity in items]
        headers = {"Idempotency-Key": key} if key else {}
        return self.ask("POST", "/orders", json={"items": lines, "address": "1 Main Street", **more}, headers=headers)

    def insist_on_order(self, *items: tuple[int, int]) -> requests.Response:
        """Place an order as a good client does: with a key, again after a lost answer, logged in again if need be."""
        key = str(uuid.uuid4())

        def ask() -> requests.Response:
            while (answer := self.order(*items, key=key)).status_code == 401:
                self.log_in()
            return answer

        return insisting(ask)


def insisting(ask: Any) -> requests.Response:
    """The first answer that says something, however often the shop has to be asked for it."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            answer: requests.Response = ask()
            if answer.status_code not in _ASK_AGAIN or time.monotonic() > until:
                return answer
        except requests.ConnectionError:
            if time.monotonic() > until:
                raise
        time.sleep(0.1)


def a_customer(url: str, *, language: str = "en") -> Client:
    """A new account, logged in."""
    api, email = f"{url}/api/v1", f"buyer-{secrets.token_hex(8)}@example.com"
    body = {"username": "Mina", "email": email, "password": _PASSWORD, "language": language}
    answer = requests.post(f"{api}/users/register", json=body, timeout=_PATIENCE_SECONDS)
    assert answer.status_code == 201, answer.text
    client = Client(api, email, _PASSWORD)
    client.log_in()
    return client


def the_admin(url: str) -> Client:
    """The demo data's admin, or the one of the environment, logged in."""
    email, password = os.environ.get("ADMIN_EMAIL", ADMIN_EMAIL), os.environ.get("ADMIN_PASSWORD", ADMIN_PASSWORD)
    client = Client(f"{url}/api/v1", email, password)
    client.log_in()
    return client


def a_product(admin: Client, *, stock: int, name: str = "Kettle", price: str = "19.99") -> int:
    """A new product; its id."""
    answer = admin.ask("POST", "/products", json={"name": name, "price": price, "stock": stock})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["product_id"])


def stock_of(client: Client, product_id: int) -> int:
    """What the shop says is on hand."""
    answer = client.ask("GET", f"/products/{product_id}")
    assert answer.status_code == 200, answer.text
    return int(answer.json()["stock"])
