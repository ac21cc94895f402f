"""POST /api/v1/products: put a product on sale."""

from microshop.http import ADMIN, Request, Response, created, endpoint
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.products import management
from microshop.products.cache import forget_changed
from microshop.products.details import product_details
from microshop.products.repository import ProductsUnitOfWork
from microshop.products.schemas import CreateProductRequest


@endpoint(requires=ADMIN)
def handler(request: Request) -> Response:
    wanted = request.body(CreateProductRequest)
    product_id = management.create_product(
        request.logged_in(),
        product_details(wanted, settings.text("CURRENCY")),
        wanted.stock,
        ProductsUnitOfWork(database()),
    )
    degraded = forget_changed([product_id])  # somebody may have asked for it too early
    view = {"message": "product created successfully", "product_id": product_id}
    return created(view, location=f"/api/v1/products/{product_id}", degraded=degraded)
