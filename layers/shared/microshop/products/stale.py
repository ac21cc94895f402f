"""Which products an event makes stale in the cache."""

from microshop.messaging.event import ReceivedEvent, UnknownEvent

# A new product too: that there was none is remembered for a while (products/cache.py).
_OF_ONE_PRODUCT = ("ProductCreated", "ProductUpdated", "ProductArchived", "StockChanged")
_OF_AN_ORDER = ("OrderCreated", "OrderCancelled")
EVENTS = frozenset((*_OF_ONE_PRODUCT, *_OF_AN_ORDER))


def stale_products(event: ReceivedEvent) -> list[int]:
    """The ids of the products of which stock, price or description has changed.

    Raises:
        UnknownEvent: it changes none.
    """
    if event.type in _OF_ONE_PRODUCT:
        return [int(event.data["product_id"])]
    if event.type in _OF_AN_ORDER:
        return sorted({int(line["product_id"]) for line in event.data["lines"]})
    raise UnknownEvent(event.type)
