"""PUT /api/v1/admin/listings/{id}: replace the details of a listing, unless its version has changed."""

from microshop.http import Request, Response, endpoint, ok
from microshop.listings.cache import invalidate_listings
from microshop.listings.managing import update_listing
from microshop.listings.schemas import UpdateListingRequest
from microshop.listings.staff_view import listing_etag, managed_listing_view
from microshop.listings.unit_of_work import listings_unit_of_work
from microshop.products.cache import invalidate_products
from microshop.scopes import WRITE_CATALOGUE
from microshop.versions import expected_version


@endpoint(requires=WRITE_CATALOGUE)
def handler(request: Request) -> Response:
    listing_id, body, uow = request.path_id("id"), request.body(UpdateListingRequest), listings_unit_of_work()
    expected = expected_version(request.header("if-match"), body.version)
    updated = update_listing(request.require_caller(), listing_id, body.details(uow.languages), expected, uow)
    degraded = invalidate_products(
        [variant.id for variant in updated.variants], categories=True
    ) or invalidate_listings([listing_id], updated.slugs[:1])
    return ok(managed_listing_view(updated), {"ETag": listing_etag(updated)}, degraded=degraded)
