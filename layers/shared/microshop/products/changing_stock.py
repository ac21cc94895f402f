"""Admin use case that changes the stock of several products at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, InvalidInput
from microshop.idempotency.once_per_key import once_per_key
from microshop.products.events import StockChanged, StockLow
from microshop.products.product import MAX_STOCK, AdjustedStock
from microshop.staff_errors import ChangesRefused
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.products.bulk_schemas import ChangeStockRequest
    from microshop.products.events import ProductEvent
    from microshop.products.product import StockChange
    from microshop.products.stock_repository import LockedStock
    from microshop.products.unit_of_work import ProductsUnitOfWork


def change_stock(
    caller: Caller, request: ChangeStockRequest, key: IdempotencyKey | None, uow: ProductsUnitOfWork
) -> list[AdjustedStock]:
    """Make all changes or none, once per key. Returns the results in the order of the changes.

    Raises:
        InvalidInput: a product does not exist; it names the field.
        ChangesRefused: a product is not on sale, or its stock would be negative or exceed 1,000,000,000.
        IdempotencyKeyReused: the key was sent with another request before.
    """
    return once_per_key(key, uow.changed_stock_results, lambda: _change_stock(caller, request, key, uow))


@retry_on_conflict
def _change_stock(
    caller: Caller, request: ChangeStockRequest, key: IdempotencyKey | None, uow: ProductsUnitOfWork
) -> list[AdjustedStock]:
    changes = request.stock_changes()
    with uow:
        before = uow.stock.lock([change.product_id for change in changes])
        _require_products(changes, before)
        _require_possible(changes, before)
        uow.stock.adjust_locked(changes, kind=request.kind, user_id=caller.user_id, reason=request.reason)
        uow.outbox.add_all(list(_events(request, changes, before)))
        uow.audit.record_each(
            caller,
            "stock.adjust",
            "product",
            {
                change.product_id: {
                    "stock": (before[change.product_id].stock, before[change.product_id].stock + change.delta),
                    "kind": (None, request.kind),
                    "reason": (None, request.reason),
                }
                for change in changes
            },
        )
        adjusted = [AdjustedStock(each.product_id, before[each.product_id].stock + each.delta) for each in changes]
        if key is not None:
            uow.changed_stock_results.store(key, adjusted)
        uow.commit()
    return adjusted


def _require_products(changes: Sequence[StockChange], found: Mapping[int, LockedStock]) -> None:
    unknown = [number for number, change in enumerate(changes) if change.product_id not in found]
    if unknown:
        raise InvalidInput(*(FieldProblem(f"changes.{number}.id", "is not a variant") for number in unknown))


def _require_possible(changes: Sequence[StockChange], before: Mapping[int, LockedStock]) -> None:
    problems = []
    for number, change in enumerate(changes):
        product = before[change.product_id]
        stock = product.stock + change.delta
        if product.archived:
            problems.append(FieldProblem(f"changes.{number}.id", f"{product.sku} is not on sale"))
        elif not 0 <= stock <= MAX_STOCK:
            reason = f"the stock is {product.stock} and cannot become {stock}"
            problems.append(FieldProblem(f"changes.{number}.delta", reason))
    if problems:
        raise ChangesRefused(*problems)


def _events(
    request: ChangeStockRequest, changes: Sequence[StockChange], before: Mapping[int, LockedStock]
) -> Iterator[ProductEvent]:
    for change in changes:
        product = before[change.product_id]
        stock = product.stock + change.delta
        yield StockChanged(
            product_id=product.id, kind=request.kind, quantity=change.delta, stock=stock, reason=request.reason
        )
        if stock < product.low_stock_threshold <= product.stock:
            yield StockLow(
                product_id=product.id,
                sku=product.sku,
                name=product.name,
                stock=stock,
                threshold=product.low_stock_threshold,
            )
