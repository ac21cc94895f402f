"""POST /api/v1/admin/listings/{id}/state: publish a listing, make it a draft, or archive it."""

from microshop.http import Request, Response, endpoint, ok
from microshop.listings.cache import invalidate_listings
from microshop.listings.listing import State
from microshop.listings.managing import set_listing_state
from microshop.listings.schemas import SetListingStateRequest
from microshop.listings.staff_view import listing_etag, managed_listing_view
from microshop.listings.unit_of_work import listings_unit_of_work
from microshop.products.cache import invalidate_products
from microshop.scopes import WRITE_CATALOGUE
from microshop.versions import expected_version


@endpoint(requires=WRITE_CATALOGUE)
def handler(request: Request) -> Response:
    listing_id, body = request.path_id("id"), request.body(SetListingStateRequest)
    expected = expected_version(request.header("if-match"), body.version)
    state = State(body.state)
    changed = set_listing_state(request.require_caller(), listing_id, state, expected, listings_unit_of_work())
    degraded = invalidate_products(
        [variant.id for variant in changed.variants], categories=True
    ) or invalidate_listings([listing_id])
    return ok(managed_listing_view(changed), {"ETag": listing_etag(changed)}, degraded=degraded)
