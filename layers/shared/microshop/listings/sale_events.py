"""Publishes that variants are on sale, have changed, or are no longer on sale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.products.events import ProductArchived, ProductCreated, ProductUpdated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microshop.listings.unit_of_work import ListingsUnitOfWork
    from microshop.listings.variant import Variant


def publish_on_sale(variants: Iterable[Variant], category: str, uow: ListingsUnitOfWork) -> None:
    """Publish that these variants are on sale, for the first time or again. `category` is the main one's name."""
    for variant in variants:
        uow.outbox.add(
            ProductCreated(
                product_id=variant.id,
                product_version=variant.version,
                sku=variant.sku,
                name=variant.name,
                category=category,
                price_minor=variant.price_minor,
                currency=variant.currency,
                stock=variant.stock,
            )
        )


def publish_updated(variants: Iterable[Variant], category: str, uow: ListingsUnitOfWork) -> None:
    """Publish that these variants have changed. Nobody buys those that are not on sale."""
    for variant in variants:
        if not variant.archived:
            uow.outbox.add(updated_event(variant, category))


def updated_event(variant: Variant, category: str) -> ProductUpdated:
    """Returns the event of a changed variant that is on sale. `category` is the main one's name."""
    return ProductUpdated(
        product_id=variant.id,
        product_version=variant.version,
        sku=variant.sku,
        name=variant.name,
        category=category,
        price_minor=variant.price_minor,
        currency=variant.currency,
    )


def publish_archived(variants: Iterable[Variant], uow: ListingsUnitOfWork) -> None:
    """Publish that these variants are no longer on sale."""
    for variant in variants:
        uow.outbox.add(ProductArchived(product_id=variant.id, product_version=variant.version))
