"""PUT /api/v1/products/{id}: replace what is said of a product, from the version that the client has seen."""

from microshop.http import ADMIN, Request, Response, endpoint, ok
from microshop.http.response import to_json
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.products import management
from microshop.products.cache import forget_changed
from microshop.products.details import product_details
from microshop.products.product import etag_of, managed_product_view, product_view
from microshop.products.repository import ProductsUnitOfWork
from microshop.products.schemas import UpdateProductRequest
from microshop.versions import expected_version


@endpoint(requires=ADMIN)
def handler(request: Request) -> Response:
    product_id = request.path_id("id")
    wanted = request.body(UpdateProductRequest)
    updated = management.update_product(
        product_id,
        product_details(wanted, settings.text("CURRENCY")),
        expected_version(request.header("if-match"), wanted.version),
        ProductsUnitOfWork(database()),
    )
    degraded = forget_changed([product_id])
    etag = etag_of(updated.product, to_json(product_view(updated.product)))
    return ok(managed_product_view(updated), {"ETag": etag}, degraded=degraded)
