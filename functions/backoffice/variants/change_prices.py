"""POST /api/v1/admin/variants/prices: change the prices of up to 200 variants, all or none."""

from microshop.http import Request, Response, endpoint, ok
from microshop.listings.cache import invalidate_listings
from microshop.listings.changing_prices import change_prices
from microshop.listings.price_schemas import ChangePricesRequest
from microshop.listings.unit_of_work import listings_unit_of_work
from microshop.listings.variant_view import changed_variants_view
from microshop.payments.shop_currency import shop_currency
from microshop.products.cache import invalidate_products
from microshop.scopes import WRITE_CATALOGUE


@endpoint(requires=WRITE_CATALOGUE, takes_key=True)
def handler(request: Request) -> Response:
    body = request.body(ChangePricesRequest)
    changes, key = body.price_changes(*shop_currency()), request.idempotency_key(body)
    changed = change_prices(request.require_caller(), changes, key, listings_unit_of_work())
    product_ids, listing_ids = [each.id for each in changed], sorted({each.listing_id for each in changed})
    degraded = invalidate_products(product_ids, categories=True) or invalidate_listings(listing_ids)
    return ok(changed_variants_view(changed), degraded=degraded)
