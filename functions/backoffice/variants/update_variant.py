"""PUT /api/v1/admin/variants/{id}: replace the details of a variant, unless its version has changed."""

from microshop.http import Request, Response, endpoint, ok
from microshop.listings.cache import invalidate_listings
from microshop.listings.staff_view import managed_variant_view, variant_etag
from microshop.listings.unit_of_work import listings_unit_of_work
from microshop.listings.variant_managing import update_variant
from microshop.listings.variant_schemas import UpdateVariantRequest
from microshop.payments.shop_currency import shop_currency
from microshop.products.cache import invalidate_products
from microshop.scopes import WRITE_CATALOGUE
from microshop.versions import expected_version


@endpoint(requires=WRITE_CATALOGUE)
def handler(request: Request) -> Response:
    product_id, body, uow = request.path_id("id"), request.body(UpdateVariantRequest), listings_unit_of_work()
    expected = expected_version(request.header("if-match"), body.version)
    variant = update_variant(request.require_caller(), product_id, body.details(*shop_currency()), expected, uow)
    degraded = invalidate_products([product_id], categories=True) or invalidate_listings([variant.listing_id])
    return ok(managed_variant_view(variant), {"ETag": variant_etag(variant)}, degraded=degraded)
