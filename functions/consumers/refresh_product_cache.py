"""Repeats what a writer does after its commit: forgets the products that it has changed."""

from microshop.messaging.consumer import Delivery, consumer
from microshop.messaging.event import ReceivedEvent
from microshop.platform.redis import redis
from microshop.products.cache import ProductCache
from microshop.products.stale import EVENTS, stale_products


# No inbox: to forget a product twice is to forget it once, and a delivery more costs one reader a look at the row.
@consumer("refresh_product_cache", EVENTS)
def handler(event: ReceivedEvent, delivery: Delivery) -> str:
    product_ids = stale_products(event)
    delivery.note(product_ids=product_ids)
    ProductCache(redis()).forget(*product_ids)
    return "forgotten"
