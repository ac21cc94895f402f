"""Places and changes orders over HTTP, for the tests of orders."""

from typing import Any

from requests import Response

from tests.support.shop import Customer, Shop

UNUSED_ID = 2**62
SHIPPED = {"status": "shipped", "carrier": "DHL", "tracking_number": "JD014600003SE"}


def place(
    shop: Shop, by: Customer, product_id: int, quantity: int = 1, *, key: str | None = None, **more: Any
) -> Response:
    """Place an order of one product."""
    body = {"product_id": product_id, "quantity": quantity, "address": "1 Main Street", **more}
    return shop.ask("POST", "/orders", by=by, json=body, headers={"Idempotency-Key": key} if key else {})


def confirm(shop: Shop, by: Customer, order_id: int) -> Response:
    """Confirm an order that was paid by bank transfer."""
    return shop.ask("POST", f"/orders/{order_id}/confirm", by=by, json={"reference": "bank transfer 3"})


def ship(shop: Shop, by: Customer, order_id: int) -> Response:
    """Ship an order."""
    return shop.ask("PUT", f"/orders/{order_id}/status", by=by, json=SHIPPED)


def deliver(shop: Shop, by: Customer, order_id: int) -> Response:
    """Deliver an order."""
    return shop.ask("PUT", f"/orders/{order_id}/status", by=by, json={"status": "delivered"})


def cancel(shop: Shop, by: Customer, order_id: int) -> Response:
    """Cancel an order."""
    return shop.ask("POST", f"/orders/{order_id}/cancel", by=by)


def order_of(shop: Shop, by: Customer, order_id: int) -> dict[str, Any]:
    """Returns the order as `by` sees it."""
    order: dict[str, Any] = shop.ask("GET", f"/orders/{order_id}", by=by).json()
    return order


def order_ids(shop: Shop, by: Customer, **query: object) -> list[int]:
    """Returns the ids that the list shows."""
    return [order["id"] for order in shop.ask("GET", "/orders", by=by, query=query).json()["items"]]


def actions_of(shop: Shop, by: Customer, order_id: int) -> list[str]:
    """Returns the actions of the history."""
    return [entry["action"] for entry in shop.ask("GET", f"/orders/{order_id}/history", by=by).json()["items"]]


def stock_of(shop: Shop, *product_ids: int) -> list[int]:
    """Returns the stock of each product."""
    return [shop.ask("GET", f"/products/{product_id}").json()["stock"] for product_id in product_ids]


def item(product_id: int, quantity: int) -> dict[str, int]:
    """Returns a line of a request."""
    return {"product_id": product_id, "quantity": quantity}


def state_of(answer: Response) -> tuple[str, str]:
    """Returns the order's and the payment's status."""
    return answer.json()["status"], answer.json()["payment_status"]
