"""PUT /api/v1/products/{id}: replace the details of a product, unless its version has changed."""

from microshop.http import Request, Response, endpoint, ok
from microshop.http.response import to_json
from microshop.listings.cache import invalidate_listings
from microshop.listings.simple_products import update_product
from microshop.listings.unit_of_work import listings_unit_of_work
from microshop.payments.shop_currency import shop_currency
from microshop.products.cache import invalidate_products
from microshop.products.schemas import UpdateProductRequest
from microshop.products.view import etag_of, managed_product_view, product_view
from microshop.scopes import WRITE_CATALOGUE
from microshop.versions import expected_version


@endpoint(requires=WRITE_CATALOGUE)
def handler(request: Request) -> Response:
    product_id = request.path_id("id")
    body = request.body(UpdateProductRequest)
    listing_id, updated = update_product(
        request.require_caller(),
        product_id,
        body.details(*shop_currency()),
        expected_version(request.header("if-match"), body.version),
        listings_unit_of_work(),
    )
    degraded = invalidate_products([product_id], categories=True) or invalidate_listings([listing_id])
    etag = etag_of(updated.product, to_json(product_view(updated.product)))
    return ok(managed_product_view(updated), {"ETag": etag}, degraded=degraded)
