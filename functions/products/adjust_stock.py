"""POST /api/v1/products/{id}/stock: receive goods, or correct what is on hand."""

import json

from microshop.http import ADMIN, Request, Response, endpoint, ok
from microshop.idempotency.repository import IdempotencyKeys
from microshop.platform.mysql import database
from microshop.products import management
from microshop.products.cache import forget_changed
from microshop.products.repository import ProductsUnitOfWork
from microshop.products.schemas import AdjustStockRequest


@endpoint(requires=ADMIN)
def handler(request: Request) -> Response:
    product_id = request.path_id("id")
    wanted = request.body(AdjustStockRequest)
    answer = management.adjust_stock(
        request.logged_in(),
        product_id,
        wanted.delta,
        kind=wanted.kind,
        reason=wanted.reason,
        key=request.idempotency_key(wanted),
        answers=IdempotencyKeys(database()),
        transaction=ProductsUnitOfWork(database()),
    )
    return ok(json.loads(answer), degraded=forget_changed([product_id]))
