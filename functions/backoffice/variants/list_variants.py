"""GET /api/v1/admin/variants: variants in all states, such as those with low stock."""

from microshop.cursors import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from microshop.http import Request, Response, endpoint, ok
from microshop.http.catalogue_language import catalogue_languages
from microshop.limits import MAX_ID
from microshop.listings.variant_list import Sale, VariantFilter, decode_cursor, list_variants
from microshop.listings.variant_queries import VariantQueries
from microshop.listings.variant_view import variant_page
from microshop.platform.mysql import database
from microshop.products.product import MAX_SKU_LENGTH
from microshop.scopes import WRITE_CATALOGUE, WRITE_STOCK


@endpoint(requires=(WRITE_CATALOGUE, WRITE_STOCK), reads_query=True)
def handler(request: Request) -> Response:
    query = request.query()
    state = query.choice("state", [*Sale], "")
    criteria = VariantFilter(
        sku=query.text("sku", MAX_SKU_LENGTH),
        listing_id=query.integer("listing_id", 1, MAX_ID, 0) or None,
        sale=Sale(state) if state else None,
        is_low=bool(query.flag("low_stock")),
    )
    before_id = query.parse("cursor", lambda cursor: decode_cursor(cursor, criteria))
    limit = query.integer("limit", 1, MAX_PAGE_SIZE, DEFAULT_PAGE_SIZE)
    counts = bool(query.flag("count"))
    query.finish()
    criteria.require_possible()
    variants = VariantQueries(database(), catalogue_languages()[0])
    return ok(variant_page(list_variants(criteria, before_id, limit, variants, counts=counts)))
