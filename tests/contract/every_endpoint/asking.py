"""Sends each operation the request that the description gives as an example."""

import uuid
from collections.abc import Mapping

from requests import Response

from tests.contract.paying import signed
from tests.support.api_description import Operation, operations
from tests.support.shop import Customer, Shop

# Logging out is the last, because it ends the caller's session.
OPERATIONS = sorted(operations(), key=lambda found: found.name == "log_out")
GUARDED = [found for found in OPERATIONS if found.needs_token]


def ask(
    shop: Shop,
    found: Operation,
    by: Customer | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    resource: int | str = 1,
) -> Response:
    """Returns the answer to the example, sent by `by` if the operation needs a token; `resource` is the id in the path.

    Each registration has its own address, and the webhook gets an event that Stripe signed.
    """
    path = found.sample_path.replace("/1", f"/{resource}")
    if found.name == "stripe_webhook":
        body, signature = signed(shop, "customer.created", {"id": "cus_1"})
        return shop.ask(found.method, path, body=body, headers={**signature, **(headers or {})}, query=query)
    example = found.example_body
    if found.name == "register":
        example = {**example, "email": f"{uuid.uuid4().hex}@example.com"}
    return shop.ask(
        found.method, path, by=by if found.needs_token else None, json=example, headers=headers, query=query
    )
