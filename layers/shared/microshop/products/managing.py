"""Admin use cases that create, update and archive products, one transaction each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.changes import changed_fields
from microshop.errors import NotFound
from microshop.idempotency.once_per_key import once_per_key
from microshop.products.events import ProductArchived, ProductCreated, ProductUpdated, StockLow
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.products.product import ManagedProduct, ProductDetails
    from microshop.products.unit_of_work import ProductsUnitOfWork
    from microshop.versions import ExpectedVersion


def create_product(
    caller: Caller, details: ProductDetails, stock: int, key: IdempotencyKey | None, uow: ProductsUnitOfWork
) -> int:
    """Put a product on sale with `stock` units, once per key. Returns its id.

    Raises:
        SkuTaken: another product has the SKU.
        IdempotencyKeyReused: the key was sent with another request before.
    """
    return once_per_key(key, uow.product_results, lambda: _create_product(caller, details, stock, key, uow))


@retry_on_conflict
def _create_product(
    caller: Caller, details: ProductDetails, stock: int, key: IdempotencyKey | None, uow: ProductsUnitOfWork
) -> int:
    with uow:
        product_id = uow.products.add(details, stock)
        uow.stock.record_opening_stock(product_id, caller.user_id, stock)
        uow.outbox.add(
            ProductCreated(
                product_id=product_id,
                product_version=1,
                sku=details.sku,
                name=details.name,
                category=details.category,
                price_minor=details.price_minor,
                currency=details.currency,
                stock=stock,
            )
        )
        created = changed_fields({}, {**vars(details), "stock": stock})
        uow.audit.record(caller, "product.create", "product", product_id, created)
        if key is not None:
            uow.product_results.store(key, product_id)
        uow.commit()
    return product_id


@retry_on_conflict
def update_product(
    caller: Caller, product_id: int, details: ProductDetails, expected: ExpectedVersion, uow: ProductsUnitOfWork
) -> ManagedProduct:
    """Replace the details of a product. Returns the updated product. Existing orders keep their names and prices.

    Raises:
        NotFound: the product is not on sale.
        PreconditionRequired, PreconditionFailed, VersionConflict: see ExpectedVersion.
        SkuTaken: another product has the SKU.
    """
    with uow:
        before = _lock(product_id, uow)
        expected.require(before.product.version)
        uow.products.update(product_id, before.product.version, details)
        after = _lock(product_id, uow)
        product = after.product
        uow.outbox.add(
            ProductUpdated(
                product_id=product_id,
                product_version=product.version,
                sku=product.sku,
                name=product.name,
                category=product.category,
                price_minor=product.price_minor,
                currency=product.currency,
            )
        )
        if after.is_low and not before.is_low:  # the threshold was raised above the stock
            uow.outbox.add(
                StockLow(
                    product_id=product_id,
                    sku=product.sku,
                    name=product.name,
                    stock=product.stock,
                    threshold=after.low_stock_threshold,
                )
            )
        uow.audit.record(caller, "product.update", "product", product_id, changed_fields(before.details, after.details))
        uow.commit()
    return after


@retry_on_conflict
def archive_product(caller: Caller, product_id: int, expected: ExpectedVersion | None, uow: ProductsUnitOfWork) -> None:
    """Take a product off sale. Orders keep their lines, and its stock stays in the ledger.

    If `expected` is None, any version is accepted.

    Raises:
        NotFound: the product is not on sale.
        PreconditionFailed: If-Match names another version.
    """
    with uow:
        product = _lock(product_id, uow).product
        if expected is not None:
            expected.require(product.version)
        uow.products.archive(product_id, product.version)
        uow.outbox.add(ProductArchived(product_id=product_id, product_version=product.version + 1))
        uow.audit.record(caller, "product.archive", "product", product_id, {"archived": (False, True)})
        uow.commit()


def _lock(product_id: int, uow: ProductsUnitOfWork) -> ManagedProduct:
    found = uow.products.lock(product_id)
    if found is None:
        raise NotFound("product")
    return found
