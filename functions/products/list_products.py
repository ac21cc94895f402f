"""GET /api/v1/products: a page of the products on sale, filtered, searched and sorted."""

from copy import replace

from microshop.categories.queries import CategoryNames
from microshop.cursors import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from microshop.http import Request, Response, endpoint, ok
from microshop.http.catalogue_language import catalogue_languages, requested_language
from microshop.money import currency_code, to_minor
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.products.count_queries import ProductCounts
from microshop.products.paging import SORTS, decode_cursor
from microshop.products.product import MAX_CATEGORY_LENGTH, ProductFilter
from microshop.products.queries import ProductQueries
from microshop.products.reading import list_products
from microshop.products.view import product_page
from microshop.search.queries import SearchQueries
from microshop.search.result import MAX_CANDIDATES
from microshop.search.words import MAX_SEARCH_LENGTH


@endpoint(reads_query=True)
def handler(request: Request) -> Response:
    query = request.query()
    # Products in another currency cannot be ordered. Admins list them by that currency, to correct them.
    currency = query.parse("currency", currency_code) or settings.text("CURRENCY")
    sent = ProductFilter(
        search=query.text("q", MAX_SEARCH_LENGTH),
        category=query.text("category", MAX_CATEGORY_LENGTH),
        min_price_minor=query.parse("min_price", lambda text: to_minor(text, currency)),
        max_price_minor=query.parse("max_price", lambda text: to_minor(text, currency)),
        in_stock=query.flag("in_stock"),
    )
    language = requested_language(request, query)
    sort = query.choice("sort", SORTS, "newest")
    limit = query.integer("limit", 1, MAX_PAGE_SIZE, DEFAULT_PAGE_SIZE)
    after = query.parse("cursor", lambda text: decode_cursor(text, sort, sent))
    counted = query.flag("count")
    query.finish()
    criteria, found = sent, None
    if sent.category is not None:
        stored = CategoryNames(database()).as_stored(sent.category, catalogue_languages()[0])
        criteria = replace(sent, category=stored)
    if sent.search is not None:
        found = SearchQueries(database()).find(sent.search, language, None, MAX_CANDIDATES).ids
    products = ProductQueries(database(), currency, among=found)
    counts = ProductCounts(database(), currency, among=found) if counted else None
    return ok(product_page(list_products(criteria, sort, after, limit, products, counts=counts, cursor_scope=sent)))
