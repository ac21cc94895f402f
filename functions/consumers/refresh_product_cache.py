"""Deletes the cache entries of changed products, in case the writer failed to do so after its commit."""

from microshop.messaging.consumer import Delivery, consumer
from microshop.messaging.event import ReceivedEvent
from microshop.platform.redis import redis
from microshop.products.cache import ProductCache
from microshop.products.stale_products import EVENTS, stale_products


# No inbox: deleting an entry twice is harmless and costs one cache miss.
@consumer("refresh_product_cache", EVENTS)
def handler(event: ReceivedEvent, delivery: Delivery) -> str:
    product_ids = stale_products(event)
    delivery.add_log_fields(product_ids=product_ids)
    ProductCache(redis()).invalidate(*product_ids)
    return "cache_cleared"
