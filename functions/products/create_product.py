"""POST /api/v1/products: put a product on sale."""

from microshop.http import Request, Response, created, endpoint
from microshop.listings.simple_products import create_product
from microshop.listings.unit_of_work import listings_unit_of_work
from microshop.payments.shop_currency import shop_currency
from microshop.products.cache import invalidate_products
from microshop.products.schemas import CreateProductRequest
from microshop.products.view import created_product_view
from microshop.scopes import WRITE_CATALOGUE


@endpoint(requires=WRITE_CATALOGUE, takes_key=True)
def handler(request: Request) -> Response:
    body = request.body(CreateProductRequest)
    details, key = body.details(*shop_currency()), request.idempotency_key(body)
    product_id = create_product(request.require_caller(), details, body.stock, key, listings_unit_of_work())
    degraded = invalidate_products([product_id], categories=True)  # the cache may have an entry for a missing product
    return created(created_product_view(product_id), location=f"/api/v1/products/{product_id}", degraded=degraded)
