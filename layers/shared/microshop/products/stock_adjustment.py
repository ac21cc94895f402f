"""Admin use case that adjusts the stock of a product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import Conflict, NotFound
from microshop.idempotency.once_per_key import once_per_key
from microshop.products.events import StockChanged, StockLow
from microshop.products.product import AdjustedStock
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.products.schemas import AdjustStockRequest
    from microshop.products.unit_of_work import ProductsUnitOfWork


def adjust_stock(
    caller: Caller,
    product_id: int,
    request: AdjustStockRequest,
    key: IdempotencyKey | None,
    uow: ProductsUnitOfWork,
) -> AdjustedStock:
    """Change the stock by `request.delta` units, once per key.

    Raises:
        NotFound: the product is not on sale.
        Conflict: the stock would be negative or exceed 1,000,000,000.
        IdempotencyKeyReused: the key was sent with another request before.
    """
    return once_per_key(key, uow.stock_results, lambda: _adjust_stock(caller, product_id, request, key, uow))


@retry_on_conflict
def _adjust_stock(
    caller: Caller,
    product_id: int,
    request: AdjustStockRequest,
    key: IdempotencyKey | None,
    uow: ProductsUnitOfWork,
) -> AdjustedStock:
    quantity = request.delta
    with uow:
        changed = uow.stock.adjust(
            product_id, quantity, kind=request.kind, user_id=caller.user_id, reason=request.reason
        )
        level = uow.stock.level(product_id)
        if level is None:
            raise NotFound("product")
        if not changed:
            raise Conflict(f"The stock is {level.stock} and cannot become {level.stock + quantity}.")
        uow.outbox.add(
            StockChanged(
                product_id=product_id, kind=request.kind, quantity=quantity, stock=level.stock, reason=request.reason
            )
        )
        if level.stock < level.low_stock_threshold <= level.stock - quantity:
            uow.outbox.add(
                StockLow(
                    product_id=product_id,
                    sku=level.sku,
                    name=level.name,
                    stock=level.stock,
                    threshold=level.low_stock_threshold,
                )
            )
        changes = {
            "stock": (level.stock - quantity, level.stock),
            "kind": (None, request.kind),
            "reason": (None, request.reason),
        }
        uow.audit.record(caller, "stock.adjust", "product", product_id, changes)
        adjusted = AdjustedStock(product_id, level.stock)
        if key is not None:
            uow.stock_results.store(key, adjusted)
        uow.commit()
    return adjusted
