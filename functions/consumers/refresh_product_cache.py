"""Deletes the cache entries of changed products and of their listings, in case the writer failed to do so."""

from microshop.listings.cache import clear_listings
from microshop.listings.listing_queries import ListingsOfProducts
from microshop.messaging.consumer import Delivery, consumer
from microshop.messaging.event import ReceivedEvent
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.products.cache import ProductCache
from microshop.products.stale_products import EVENTS, stale_products


# No inbox: deleting an entry twice is harmless and costs one cache miss.
@consumer("refresh_product_cache", EVENTS)
def handler(event: ReceivedEvent, delivery: Delivery) -> str:
    product_ids = stale_products(event)
    delivery.add_log_fields(product_ids=product_ids)
    ProductCache(redis()).invalidate(*product_ids)
    clear_listings(ListingsOfProducts(database()).ids(product_ids))
    return "cache_cleared"
