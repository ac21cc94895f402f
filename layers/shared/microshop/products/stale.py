"""Finds the products that an event makes stale in the cache."""

from microshop.messaging.event import ReceivedEvent

# A new product too, because the cache remembers missing products for a while (products/cache.py).
_OF_ONE_PRODUCT = ("ProductCreated", "ProductUpdated", "ProductArchived", "StockChanged")
# Order event → the field with the products whose stock it took or gave back. A refund may give none back.
_OF_AN_ORDER = {
    "OrderCreated": "lines",
    "OrderCancelled": "lines",
    "OrderExpired": "lines",
    "OrderRefunded": "restocked",
    "OrderReturned": "restocked",
}
EVENTS = frozenset((*_OF_ONE_PRODUCT, *_OF_AN_ORDER))


def stale_products(event: ReceivedEvent) -> list[int]:
    """Returns the ids of the products whose stock, price or description one of EVENTS has changed."""
    if event.type in _OF_ONE_PRODUCT:
        return [int(event.data["product_id"])]
    return sorted({int(line["product_id"]) for line in event.data[_OF_AN_ORDER[event.type]]})
