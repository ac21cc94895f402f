"""POST /api/v1/products/{id}/stock: receive goods, or correct the stock."""

from microshop.http import Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.products.cache import invalidate_products
from microshop.products.schemas import AdjustStockRequest
from microshop.products.stock_adjustment import adjust_stock
from microshop.products.unit_of_work import ProductsUnitOfWork
from microshop.products.view import adjusted_stock_view
from microshop.scopes import WRITE_STOCK


@endpoint(requires=WRITE_STOCK, takes_key=True)
def handler(request: Request) -> Response:
    product_id = request.path_id("id")
    body = request.body(AdjustStockRequest)
    key = request.idempotency_key(body)
    adjusted = adjust_stock(request.require_caller(), product_id, body, key, ProductsUnitOfWork(database()))
    return ok(adjusted_stock_view(adjusted), degraded=invalidate_products([product_id]))
