"""Sample values, and lists of shown fields, for several chapters."""

from collections.abc import Mapping
from typing import Any

# The values of `$name` in docs/tour.md. Each run has other values.
SAMPLES: Mapping[str, Any] = {
    "casey": 2,
    "email": "mina@example.com",
    "password": "correct horse",
    "new_password": "battery staple",
    "link_token": "the-token-of-the-link",
    "delivery_key": "delivery-4711",
    "order_key": "order-of-mina",
    "refund_key": "return-of-mina",
    "sku": "KETTLE-4711",
    "id": 101,  # an id that no other object of the scenario has
    "mina": 17,
    "product": 204,
    "order": 117599438480823,
    "refund": 31,
    "version": 1,
    "client_secret": "pi_4711_secret_4711",
    "intent": "pi_4711",
    "dispute": "dp_4711",
}
# Names of saved values that are ids of accounts.
ACCOUNTS = frozenset({"casey", "mina"})
ADDRESS = {
    "recipient": "Mina",
    "street": "1 Main St",
    "city": "Springfield",
    "region": "IL",
    "postal_code": "62701",
    "country": "US",
}
STATE = ("id", "status", "payment_status", "total", "currency")
PROBLEM = ("type", "title", "status", "detail")
SESSION = ("token_type", "expires_in", "user.username", "user.role")


def problem(kind: str) -> Mapping[str, str]:
    """Returns the expected fields of a problem of this type."""
    return {"type": kind}
