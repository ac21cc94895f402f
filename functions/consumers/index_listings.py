"""Indexes the listings of changed products: those that sold out or came back, and changes by the previous release."""

from microshop.listings.following import follow_product, follow_stock
from microshop.listings.unit_of_work import listings_unit_of_work
from microshop.messaging.consumer import Delivery, consumer
from microshop.messaging.event import ReceivedEvent
from microshop.products.stale_products import EVENTS, PRODUCT_EVENTS, stale_products

# This release has indexed such a product in the transaction of the change, the previous one has not.
_DETAILS = PRODUCT_EVENTS - {"StockChanged"}


# No inbox: indexing a listing twice changes nothing.
@consumer("index_listings", EVENTS)
def handler(event: ReceivedEvent, delivery: Delivery) -> str:
    product_ids, uow = stale_products(event), listings_unit_of_work()
    delivery.add_log_fields(product_ids=product_ids)
    if event.type in _DETAILS:
        for product_id in product_ids:
            follow_product(product_id, uow)
        return "indexed"
    return "indexed" if follow_stock(product_ids, uow) else "unchanged"
