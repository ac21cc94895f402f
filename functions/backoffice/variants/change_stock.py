"""POST /api/v1/admin/variants/stock: change the stock of up to 200 variants, all or none."""

from microshop.http import Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.products.bulk_schemas import ChangeStockRequest
from microshop.products.cache import invalidate_products
from microshop.products.changing_stock import change_stock
from microshop.products.unit_of_work import ProductsUnitOfWork
from microshop.products.view import changed_stock_view
from microshop.scopes import WRITE_STOCK


@endpoint(requires=WRITE_STOCK, takes_key=True)
def handler(request: Request) -> Response:
    body = request.body(ChangeStockRequest)
    key = request.idempotency_key(body)
    adjusted = change_stock(request.require_caller(), body, key, ProductsUnitOfWork(database()))
    return ok(changed_stock_view(adjusted), degraded=invalidate_products([each.product_id for each in adjusted]))
