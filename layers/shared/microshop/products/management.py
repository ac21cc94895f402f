"""The use cases of who manages the catalogue: each one transaction. Its callers are admins."""

import json
from typing import Protocol

from microshop.caller import Caller
from microshop.errors import Conflict, NotFound
from microshop.idempotency.key import IdempotencyKey
from microshop.idempotency.service import NewAnswers, StoredAnswers, answered_once
from microshop.messaging.event import EventLog
from microshop.products.events import (
    AdminMovement,
    ProductArchived,
    ProductCreated,
    ProductUpdated,
    StockChanged,
    StockLow,
)
from microshop.products.product import ManagedProduct, ProductDetails
from microshop.transactions import Transaction, retried
from microshop.versions import ExpectedVersion


class Catalogue(Protocol):
    """Where products are made and changed."""

    def add(self, details: ProductDetails, stock: int) -> int: ...
    def locked(self, product_id: int) -> ManagedProduct | None: ...
    def update(self, product_id: int, version: int, details: ProductDetails) -> None: ...
    def archive(self, product_id: int, version: int) -> None: ...


class Named(Protocol):
    """What a product is called."""

    @property
    def sku(self) -> str: ...
    @property
    def name(self) -> str: ...


class Level(Named, Protocol):
    """How much of a product there is."""

    @property
    def stock(self) -> int: ...
    @property
    def low_stock_threshold(self) -> int: ...


class Stock(Protocol):
    """Where stock is changed by hand, and the ledger kept."""

    def level(self, product_id: int) -> Level | None: ...
    def open(self, product_id: int, user_id: int, quantity: int) -> None: ...
    def adjust(self, product_id: int, quantity: int, *, kind: AdminMovement, user_id: int, reason: str) -> bool: ...


class ProductsTransaction(Transaction, Protocol):
    """A transaction over the catalogue, its stock, stored answers and events."""

    @property
    def products(self) -> Catalogue: ...
    @property
    def stock(self) -> Stock: ...
    @property
    def answers(self) -> NewAnswers: ...
    @property
    def outbox(self) -> EventLog: ...


@retried
def create_product(caller: Caller, details: ProductDetails, stock: int, transaction: ProductsTransaction) -> int:
    """Put a product on sale with so many units; its id.

    Raises:
        SkuTaken: another product has its SKU.
    """
    with transaction:
        product_id = transaction.products.add(details, stock)
        transaction.stock.open(product_id, caller.user_id, stock)
        transaction.outbox.add(
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
        transaction.commit()
    return product_id


@retried
def update_product(
    product_id: int, details: ProductDetails, expected: ExpectedVersion, transaction: ProductsTransaction
) -> ManagedProduct:
    """Replace what is said of a product; the product as it is then. Orders keep the name and price that they had.

    Raises:
        NotFound: it is not on sale.
        PreconditionRequired, PreconditionFailed, VersionConflict: see ExpectedVersion.
        SkuTaken: another product has the SKU.
    """
    with transaction:
        before = _locked(product_id, transaction)
        expected.require(before.product.version)
        transaction.products.update(product_id, before.product.version, details)
        after = _locked(product_id, transaction)
        transaction.outbox.add(
            ProductUpdated(
                product_id=product_id,
                product_version=after.product.version,
                sku=after.product.sku,
                name=after.product.name,
                category=after.product.category,
                price_minor=after.product.price_minor,
                currency=after.product.currency,
            )
        )
        if after.is_low and not before.is_low:  # its threshold was raised over what is there
            transaction.outbox.add(_low(product_id, after.product, after.product.stock, after.low_stock_threshold))
        transaction.commit()
    return after


@retried
def archive_product(product_id: int, expected: ExpectedVersion | None, transaction: ProductsTransaction) -> None:
    """Take a product off sale; orders keep their lines, and the ledger what is left. None expects any version.

    Raises:
        NotFound: it is not on sale.
        PreconditionFailed: If-Match names another version.
    """
    with transaction:
        product = _locked(product_id, transaction).product
        if expected is not None:
            expected.require(product.version)
        transaction.products.archive(product_id, product.version)
        transaction.outbox.add(ProductArchived(product_id=product_id, product_version=product.version + 1))
        transaction.commit()


def adjust_stock(
    caller: Caller,
    product_id: int,
    quantity: int,
    *,
    kind: AdminMovement,
    reason: str,
    key: IdempotencyKey | None,
    answers: StoredAnswers,
    transaction: ProductsTransaction,
) -> str:
    """Change the stock by hand, once for each key; the answer as JSON text.

    Raises:
        NotFound: the product is not on sale.
        Conflict: fewer units than none, or more than 1,000,000,000, would be on hand.
        IdempotencyKeyReused: the key came with another request before.
    """
    return answered_once(
        key,
        answers,
        lambda: _adjust_stock(caller, product_id, quantity, kind=kind, reason=reason, key=key, transaction=transaction),
    )


@retried
def _adjust_stock(
    caller: Caller,
    product_id: int,
    quantity: int,
    *,
    kind: AdminMovement,
    reason: str,
    key: IdempotencyKey | None,
    transaction: ProductsTransaction,
) -> str:
    with transaction:
        adjusted = transaction.stock.adjust(product_id, quantity, kind=kind, user_id=caller.user_id, reason=reason)
        level = transaction.stock.level(product_id)
        if level is None:
            raise NotFound("product")
        if not adjusted:
            raise Conflict(f"{level.stock} units are on hand; there cannot be {level.stock + quantity}.")
        transaction.outbox.add(
            StockChanged(product_id=product_id, kind=kind, quantity=quantity, stock=level.stock, reason=reason)
        )
        if level.stock < level.low_stock_threshold <= level.stock - quantity:
            transaction.outbox.add(_low(product_id, level, level.stock, level.low_stock_threshold))
        answer = json.dumps({"message": "stock adjusted successfully", "product_id": product_id, "stock": level.stock})
        if key is not None:
            transaction.answers.store(key, answer)
        transaction.commit()
    return answer


def _locked(product_id: int, transaction: ProductsTransaction) -> ManagedProduct:
    found = transaction.products.locked(product_id)
    if found is None:
        raise NotFound("product")
    return found


def _low(product_id: int, named: Named, stock: int, threshold: int) -> StockLow:
    return StockLow(product_id=product_id, sku=named.sku, name=named.name, stock=stock, threshold=threshold)
