"""POST /api/v1/admin/listings/{id}/variants: add a variant to a listing."""

from microshop.http import Request, Response, created, endpoint
from microshop.listings.cache import invalidate_listings
from microshop.listings.unit_of_work import listings_unit_of_work
from microshop.listings.variant_managing import add_variant
from microshop.listings.variant_schemas import AddVariantRequest
from microshop.payments.shop_currency import shop_currency
from microshop.products.cache import invalidate_products
from microshop.products.view import created_product_view
from microshop.scopes import WRITE_CATALOGUE


@endpoint(requires=WRITE_CATALOGUE, takes_key=True)
def handler(request: Request) -> Response:
    listing_id, body = request.path_id("id"), request.body(AddVariantRequest)
    new, key = body.new_variant(*shop_currency()), request.idempotency_key(body)
    product_id = add_variant(request.require_caller(), listing_id, new, key, listings_unit_of_work())
    degraded = invalidate_products([product_id], categories=True) or invalidate_listings([listing_id])
    location = f"/api/v1/admin/listings/{listing_id}"
    return created(created_product_view(product_id), location=location, degraded=degraded)
