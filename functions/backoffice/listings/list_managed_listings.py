"""GET /api/v1/admin/listings: listings in all states, by SKU or the beginning of their name."""

from microshop.cursors import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from microshop.errors import FieldProblem, InvalidInput
from microshop.http import Request, Response, endpoint, ok
from microshop.http.catalogue_language import catalogue_languages
from microshop.listings.listing import State
from microshop.listings.managed_listing import ListingSearch
from microshop.listings.managed_reading import decode_cursor, list_managed_listings
from microshop.listings.staff_queries import StaffQueries
from microshop.listings.staff_view import managed_listing_page
from microshop.platform.mysql import database
from microshop.products.product import MAX_NAME_LENGTH
from microshop.scopes import WRITE_CATALOGUE, WRITE_STOCK


@endpoint(requires=(WRITE_CATALOGUE, WRITE_STOCK), reads_query=True)
def handler(request: Request) -> Response:
    query = request.query()
    text, state = query.text("q", MAX_NAME_LENGTH), query.choice("state", [*State], "")
    search = ListingSearch(text, State(state) if state else None)
    after = query.parse("cursor", lambda cursor: decode_cursor(cursor, search))
    limit = query.integer("limit", 1, MAX_PAGE_SIZE, DEFAULT_PAGE_SIZE)
    query.finish()
    if text and state:
        raise InvalidInput(FieldProblem("state", "is not allowed together with q"))
    listings = StaffQueries(database(), catalogue_languages()[0])
    return ok(managed_listing_page(list_managed_listings(search, after, limit, listings)))
