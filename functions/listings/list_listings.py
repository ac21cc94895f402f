"""GET /api/v1/listings: a page of a list of listings, filtered, searched and sorted."""

from microshop.cursors import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from microshop.http import Request, Response, endpoint, ok
from microshop.http.catalogue_language import catalogue_languages, language_headers, requested_language
from microshop.http.listing_filters import listing_filter
from microshop.listings.list_queries import ListQueries
from microshop.listings.locale import Locale
from microshop.listings.match_queries import MatchQueries
from microshop.listings.paging import RELEVANCE, SORTS, decode_cursor
from microshop.listings.reading import ListingLists
from microshop.listings.view import listing_page
from microshop.platform import settings
from microshop.platform.mysql import database


@endpoint(reads_query=True)
def handler(request: Request) -> Response:
    query = request.query()
    language = requested_language(request, query)
    locale = Locale(language, catalogue_languages()[0], settings.text("CURRENCY"))
    criteria = listing_filter(query, locale.currency)
    sorts = SORTS if criteria.search is None else (RELEVANCE, *SORTS)
    sort = query.choice("sort", sorts, sorts[0])
    limit = query.integer("limit", 1, MAX_PAGE_SIZE, DEFAULT_PAGE_SIZE)
    after = query.parse("cursor", lambda text: decode_cursor(text, (language, sort, criteria)))
    counted = bool(query.flag("count"))
    query.finish()
    lists = ListingLists(language, ListQueries(database(), locale), MatchQueries(database(), language))
    page = lists.page(criteria, sort, after, limit, counted=counted)
    return ok(listing_page(page, locale.currency), language_headers(language))
