"""The steps of journeys, each with its request. Results are grouped by step."""

from typing import NamedTuple


class Step(NamedTuple):
    """A request of a journey: method and path below /api/v1, with `{id}` for an id."""

    name: str
    method: str
    path: str


LIST_CATEGORIES = Step("list categories", "GET", "/products/categories")
LIST_PRODUCTS = Step("list products", "GET", "/products")
SEARCH_PRODUCTS = Step("search products", "GET", "/products")
READ_PRODUCT = Step("read product", "GET", "/products/{id}")
READ_PROFILE = Step("read profile", "GET", "/users/profile")
PLACE_ORDER = Step("place order", "POST", "/orders")
START_PAYMENT = Step("start payment", "POST", "/orders/{id}/payment")
# At the local payment provider, not at the shop.
PAY = Step("pay at the provider", "POST", "/v1/payment_intents/{id}/confirm")
READ_ORDER = Step("read order", "GET", "/orders/{id}")
LIST_ORDERS = Step("list orders", "GET", "/orders")
CANCEL_ORDER = Step("cancel order", "POST", "/orders/{id}/cancel")
ADMIN_LISTS_ORDERS = Step("admin: list orders", "GET", "/orders")
ADMIN_READS_ORDER = Step("admin: read order", "GET", "/orders/{id}")
ADMIN_SHIPS_ORDER = Step("admin: ship order", "PUT", "/orders/{id}/status")
ADMIN_DELIVERS_ORDER = Step("admin: deliver order", "PUT", "/orders/{id}/status")
ADMIN_ADJUSTS_STOCK = Step("admin: adjust stock", "POST", "/products/{id}/stock")

# In the order of a journey.
STEPS = (
    LIST_CATEGORIES,
    LIST_PRODUCTS,
    SEARCH_PRODUCTS,
    READ_PRODUCT,
    READ_PROFILE,
    PLACE_ORDER,
    START_PAYMENT,
    PAY,
    READ_ORDER,
    LIST_ORDERS,
    CANCEL_ORDER,
    ADMIN_LISTS_ORDERS,
    ADMIN_READS_ORDER,
    ADMIN_SHIPS_ORDER,
    ADMIN_DELIVERS_ORDER,
    ADMIN_ADJUSTS_STOCK,
)
