"""GET /api/v1/products: a page of the catalogue, filtered, searched and sorted."""

from microshop.http import Request, Response, endpoint, ok
from microshop.money import to_minor
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.products import service
from microshop.products.paging import SORTS, decode_cursor
from microshop.products.product import (
    DEFAULT_PAGE_SIZE,
    MAX_CATEGORY_LENGTH,
    MAX_PAGE_SIZE,
    ProductFilter,
    parse_search,
    product_view,
)
from microshop.products.queries import ProductQueries


@endpoint()
def handler(request: Request) -> Response:
    query = request.query()
    currency = settings.text("CURRENCY")
    chosen = ProductFilter(
        search=query.parsed("q", parse_search),
        category=query.text("category", MAX_CATEGORY_LENGTH),
        min_price_minor=query.parsed("min_price", lambda text: to_minor(text, currency)),
        max_price_minor=query.parsed("max_price", lambda text: to_minor(text, currency)),
        in_stock=query.flag("in_stock"),
    )
    sort = query.choice("sort", SORTS, "newest")
    limit = query.integer("limit", 1, MAX_PAGE_SIZE, DEFAULT_PAGE_SIZE)
    after = query.parsed("cursor", lambda text: decode_cursor(text, sort, chosen))
    query.finish()
    page = service.list_products(chosen, sort, after, limit, ProductQueries(database()))
    return ok({"items": [product_view(product) for product in page.items], "next_cursor": page.next_cursor})
