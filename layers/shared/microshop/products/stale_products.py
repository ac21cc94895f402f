"""Finds the products that an event makes stale in the cache."""

from microshop.messaging.event import ReceivedEvent

# ProductCreated too, because the cache stores for a while that a product is missing (products/cache.py).
PRODUCT_EVENTS = frozenset(("ProductCreated", "ProductUpdated", "ProductArchived", "StockChanged"))
# Order event → the field with the products whose stock the order took or restocked. A refund may restock nothing.
_ORDER_EVENTS = {
    "OrderCreated": "lines",
    "OrderCancelled": "lines",
    "OrderExpired": "lines",
    "OrderRefunded": "restocked",
    "OrderReturned": "restocked",
}
EVENTS = frozenset((*PRODUCT_EVENTS, *_ORDER_EVENTS))


def stale_products(event: ReceivedEvent) -> list[int]:
    """Returns the ids of the products whose stock, price or description the event has changed; it is one of EVENTS."""
    if event.type in PRODUCT_EVENTS:
        return [int(event.data["product_id"])]
    return sorted({int(line["product_id"]) for line in event.data[_ORDER_EVENTS[event.type]]})
