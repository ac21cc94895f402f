"""DELETE /api/v1/products/{id}: take a product off sale."""

from microshop.http import Request, Response, endpoint, no_content
from microshop.listings.cache import invalidate_listings
from microshop.listings.simple_products import archive_product
from microshop.listings.unit_of_work import listings_unit_of_work
from microshop.products.cache import invalidate_products
from microshop.scopes import WRITE_CATALOGUE
from microshop.versions import expected_version


@endpoint(requires=WRITE_CATALOGUE)
def handler(request: Request) -> Response:
    product_id, if_match = request.path_id("id"), request.header("if-match")
    expected = expected_version(if_match) if if_match else None
    listing_id = archive_product(request.require_caller(), product_id, expected, listings_unit_of_work())
    degraded = invalidate_products([product_id], categories=True) or invalidate_listings([listing_id])
    return no_content(degraded=degraded)
