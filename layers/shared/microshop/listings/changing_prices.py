"""Use case of staff who change the prices of several variants at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.changes import changed_fields
from microshop.errors import FieldProblem, InvalidInput
from microshop.idempotency.once_per_key import once_per_key
from microshop.listings.adopting import adopt_product
from microshop.listings.indexing import index_listing
from microshop.listings.sale_events import updated_event
from microshop.listings.variant import ChangedVariant
from microshop.staff_errors import ChangesRefused
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.listings.unit_of_work import ListingsUnitOfWork
    from microshop.listings.variant import PriceChange, Variant


def change_prices(
    caller: Caller, changes: Sequence[PriceChange], key: IdempotencyKey | None, uow: ListingsUnitOfWork
) -> list[ChangedVariant]:
    """Make all changes or none, once per key. Returns the variants in the order of the changes.

    Raises:
        InvalidInput: a variant does not exist; it names the field.
        ChangesRefused: a variant is archived or has another version.
        IdempotencyKeyReused: the key was sent with another request before.
    """
    return once_per_key(key, uow.changed_variant_results, lambda: _change_prices(caller, changes, key, uow))


@retry_on_conflict
def _change_prices(
    caller: Caller, changes: Sequence[PriceChange], key: IdempotencyKey | None, uow: ListingsUnitOfWork
) -> list[ChangedVariant]:
    product_ids = [change.product_id for change in changes]
    listing_ids = _listings_of(product_ids, uow)
    with uow:
        uow.prices.lock_listings(listing_ids)
        before = _lock(product_ids, uow)
        _require_possible(changes, before)
        uow.prices.set_prices({change.product_id: change.price_minor for change in changes}, uow.currency)
        after = _lock(product_ids, uow)
        _index(before.values(), listing_ids, uow)
        _publish(after.values(), listing_ids, uow)
        audited = {
            product_id: changed_fields(before[product_id].audited, after[product_id].audited)
            for product_id in product_ids
        }
        uow.audit.record_each(caller, "product.update", "product", audited)
        changed = [ChangedVariant(each, after[each].listing_id, after[each].version) for each in product_ids]
        if key is not None:
            uow.changed_variant_results.store(key, changed)
        uow.commit()
    return changed


def _listings_of(product_ids: Sequence[int], uow: ListingsUnitOfWork) -> list[int]:
    """Returns the listings of products, which get one now if they have none. The listing of a product never changes."""
    found = uow.prices.listings_of(product_ids)
    unknown = [number for number, product_id in enumerate(product_ids) if product_id not in found]
    if unknown:
        raise InvalidInput(*(FieldProblem(f"changes.{number}.id", "is not a variant") for number in unknown))
    adopted = {listing_id or adopt_product(product_id, uow) for product_id, listing_id in found.items()}
    return sorted(listing_id for listing_id in adopted if listing_id is not None)


def _lock(product_ids: Sequence[int], uow: ListingsUnitOfWork) -> dict[int, Variant]:
    return {variant.id: variant for variant in uow.variants.lock(product_ids)}


def _require_possible(changes: Sequence[PriceChange], before: Mapping[int, Variant]) -> None:
    problems = []
    for number, change in enumerate(changes):
        variant = before[change.product_id]
        if variant.is_withdrawn:
            problems.append(FieldProblem(f"changes.{number}.id", f"{variant.sku} is archived; restore it first"))
        elif variant.version != change.version:
            reason = f"{variant.sku} has been changed and now has version {variant.version}"
            problems.append(FieldProblem(f"changes.{number}.version", reason))
    if problems:
        raise ChangesRefused(*problems)


def _index(before: Iterable[Variant], listing_ids: Sequence[int], uow: ListingsUnitOfWork) -> None:
    """Write what is derived of the prices, in few statements: orders for the same variants wait meanwhile.

    A variant that had a price in another currency was not in the index.
    """
    others = sorted({variant.listing_id for variant in before if variant.currency != uow.currency})
    for listing_id in others:
        index_listing(listing_id, uow)
    uow.prices.set_ranges(uow.prices.ranges(listing_ids, uow.currency))


def _publish(variants: Iterable[Variant], listing_ids: Sequence[int], uow: ListingsUnitOfWork) -> None:
    categories = uow.prices.main_categories(listing_ids, uow.languages[0])
    for listing_id in listing_ids:
        if listing_id not in categories:  # the tree was full when its product got a listing
            categories[listing_id] = uow.variants.category_of(listing_id)
    on_sale = [variant for variant in variants if not variant.archived]
    uow.outbox.add_all([updated_event(variant, categories[variant.listing_id]) for variant in on_sale])
