"""POST /api/v1/admin/variants/{id}/archive: take a variant off sale, and release its SKU and options if asked."""

from microshop.http import Request, Response, endpoint, ok
from microshop.listings.cache import invalidate_listings
from microshop.listings.staff_view import managed_variant_view, variant_etag
from microshop.listings.unit_of_work import listings_unit_of_work
from microshop.listings.variant_managing import archive_variant
from microshop.listings.variant_schemas import ArchiveVariantRequest
from microshop.products.cache import invalidate_products
from microshop.scopes import WRITE_CATALOGUE
from microshop.versions import expected_version


@endpoint(requires=WRITE_CATALOGUE)
def handler(request: Request) -> Response:
    product_id, body, uow = request.path_id("id"), request.body(ArchiveVariantRequest), listings_unit_of_work()
    expected = expected_version(request.header("if-match"), body.version)
    variant = archive_variant(request.require_caller(), product_id, expected, uow, releases=body.release)
    degraded = invalidate_products([product_id], categories=True) or invalidate_listings([variant.listing_id])
    return ok(managed_variant_view(variant), {"ETag": variant_etag(variant)}, degraded=degraded)
