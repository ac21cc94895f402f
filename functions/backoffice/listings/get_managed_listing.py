"""GET /api/v1/admin/listings/{id}: a listing in any state, with its texts in all languages and all its variants."""

from microshop.http import Request, Response, endpoint, ok
from microshop.http.catalogue_language import catalogue_languages
from microshop.listings.managed_reading import get_managed_listing
from microshop.listings.staff_queries import StaffQueries
from microshop.listings.staff_view import listing_etag, managed_listing_view
from microshop.platform.mysql import database
from microshop.scopes import WRITE_CATALOGUE, WRITE_STOCK


@endpoint(requires=(WRITE_CATALOGUE, WRITE_STOCK))
def handler(request: Request) -> Response:
    found = get_managed_listing(request.path_id("id"), StaffQueries(database(), catalogue_languages()[0]))
    return ok(managed_listing_view(found), {"ETag": listing_etag(found)})
