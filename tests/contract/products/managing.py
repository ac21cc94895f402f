"""Details of products, and changes of their stock over HTTP, for the tests of products."""

import itertools
from typing import Any

from requests import Response

from tests.support.product_builders import a_product_body
from tests.support.shop import Customer, Shop

_SKUS = (f"TEST-{number}" for number in itertools.count(1))


def new_details() -> dict[str, Any]:
    """Returns the body of a product with a SKU, name and category that no other test uses."""
    sku = next(_SKUS)
    return a_product_body(
        name=f"Kettle {sku}",
        price="24.50",
        description="Boils water.\nQuickly.",
        category=f"kettles of {sku}",
        sku=sku,
        image_urls=[f"https://images.example.com/{sku}.jpg", "http://images.example.com/?a=1&b=2"],
        low_stock_threshold=2,
    )


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    """Returns the body without one of its fields."""
    return {key: value for key, value in body.items() if key != name}


def adjust_stock(
    shop: Shop, by: Customer, product_id: int, delta: int, *, kind: str = "adjusted", key: str | None = None
) -> Response:
    """Adjust the stock of a product."""
    body = {"delta": delta, "reason": "counted", "kind": kind}
    headers = {"Idempotency-Key": key} if key else {}
    return shop.ask("POST", f"/products/{product_id}/stock", by=by, json=body, headers=headers)
