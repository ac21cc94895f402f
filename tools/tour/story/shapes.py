"""Owns what several chapters share: values of the story, and which fields of an answer matter."""

from collections.abc import Mapping
from typing import Any

# Names that `$name` knows from the start, as the transcript shows them; a real run makes its own.
SAMPLES: Mapping[str, Any] = {
    "email": "mina@example.com",
    "password": "correct horse",
    "delivery_key": "delivery-4711",
    "order_key": "order-of-mina",
    "refund_key": "return-of-mina",
    "sku": "KETTLE-4711",
    "id": 101,  # an id that nothing else in the story has
    "mina": 17,
    "product": 204,
    "order": 117599438480823,
    "refund": 31,
    "version": 1,
    "client_secret": "pi_4711_secret_4711",
    "intent": "pi_4711",
    "dispute": "dp_4711",
}
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
    """What a problem of this type must say."""
    return {"type": kind}
