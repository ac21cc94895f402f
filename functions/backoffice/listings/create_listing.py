"""POST /api/v1/admin/listings: create a listing with its variants."""

from microshop.http import Request, Response, created, endpoint
from microshop.listings.cache import invalidate_listings
from microshop.listings.managing import create_listing
from microshop.listings.schemas import CreateListingRequest
from microshop.listings.staff_view import created_listing_view
from microshop.listings.unit_of_work import listings_unit_of_work
from microshop.payments.shop_currency import shop_currency
from microshop.products.cache import invalidate_products
from microshop.scopes import WRITE_CATALOGUE


@endpoint(requires=WRITE_CATALOGUE, takes_key=True)
def handler(request: Request) -> Response:
    body, uow = request.body(CreateListingRequest), listings_unit_of_work()
    new, key = body.new_listing(uow.languages, *shop_currency()), request.idempotency_key(body)
    result = create_listing(request.require_caller(), new, key, uow)
    slugs = [body.slug] if body.slug else []
    degraded = invalidate_products(result.product_ids, categories=True) or invalidate_listings([result.id], slugs)
    return created(created_listing_view(result), location=f"/api/v1/admin/listings/{result.id}", degraded=degraded)
