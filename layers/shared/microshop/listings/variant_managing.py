"""Use cases of staff who maintain the variants of a listing, one transaction each."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from microshop.audit.changes import changed_fields
from microshop.errors import Conflict, FieldProblem, InvalidInput, NotFound
from microshop.idempotency.once_per_key import once_per_key
from microshop.listings.adopting import adopted_listing_of
from microshop.listings.indexing import index_listing
from microshop.listings.listing import MAX_VARIANTS, State
from microshop.listings.managing import category_name, require_listing
from microshop.listings.sale_events import publish_archived, publish_on_sale, publish_updated
from microshop.listings.variant_adding import HAS_NO_OPTIONS, add_new_variant, check_new_variant
from microshop.products.events import StockLow
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.listings.unit_of_work import ListingsUnitOfWork
    from microshop.listings.variant import NewVariant, Variant, VariantDetails
    from microshop.versions import ExpectedVersion


def add_variant(
    caller: Caller, listing_id: int, new: NewVariant, key: IdempotencyKey | None, uow: ListingsUnitOfWork
) -> int:
    """Add a variant to a listing, once per key. It is on sale if its listing is active. Returns its id.

    Raises:
        NotFound: there is no such listing.
        InvalidInput: an option is missing or unknown; it names the field.
        Conflict: the listing has 250 variants, archived ones included.
        SkuTaken: another product has the SKU.
        EqualVariant: the listing has a variant with these options.
        IdempotencyKeyReused: the key was sent with another request before.
    """
    return once_per_key(key, uow.product_results, lambda: _add_variant(caller, listing_id, new, key, uow))


@retry_on_conflict
def _add_variant(
    caller: Caller, listing_id: int, new: NewVariant, key: IdempotencyKey | None, uow: ListingsUnitOfWork
) -> int:
    with uow:
        listing = require_listing(listing_id, uow)
        check_new_variant(listing.options, new)
        if len(uow.variants.of_listing(listing_id)) >= MAX_VARIANTS:
            raise Conflict(f"The listing has {MAX_VARIANTS} variants, the maximum; archived ones count.")
        category = category_name(listing, uow)
        product_id = add_new_variant(caller, listing, new, category, uow)
        index_listing(listing_id, uow)
        if listing.state == State.ACTIVE:
            publish_on_sale([_lock(product_id, uow)], category, uow)
        if key is not None:
            uow.product_results.store(key, product_id)
        uow.commit()
    return product_id


@retry_on_conflict
def update_variant(
    caller: Caller, product_id: int, details: VariantDetails, expected: ExpectedVersion, uow: ListingsUnitOfWork
) -> Variant:
    """Replace the details of a variant. Returns the updated variant. Its options never change.

    Raises:
        NotFound: there is no such product.
        Conflict: the variant is archived.
        InvalidInput: its listing has no options, and the pictures are not those of the listing.
        SkuTaken: another product has the SKU.
        PreconditionRequired, PreconditionFailed, VersionConflict: see ExpectedVersion.
    """
    listing_id = adopted_listing_of(product_id, uow)
    with uow:
        listing = require_listing(listing_id, uow, "product")
        before = _lock(product_id, uow)
        expected.require(before.version)
        if before.is_withdrawn:
            raise Conflict("The variant is archived. Restore it first.")
        if not listing.options and details.image_urls != listing.image_urls:
            raise InvalidInput(FieldProblem("image_urls", HAS_NO_OPTIONS))
        if details.low_stock_threshold is None:
            details = replace(details, low_stock_threshold=before.low_stock_threshold)
        uow.variants.update(product_id, details)
        after = _lock(product_id, uow)
        publish_updated([after], category_name(listing, uow), uow)
        if not after.archived and after.is_low and not before.is_low:  # the threshold was raised above the stock
            uow.outbox.add(
                StockLow(
                    product_id=product_id,
                    sku=after.sku,
                    name=after.name,
                    stock=after.stock,
                    threshold=after.low_stock_threshold,
                )
            )
        index_listing(listing.id, uow)
        _record("product.update", before, after, caller, uow)
        uow.commit()
    return after


@retry_on_conflict
def archive_variant(
    caller: Caller, product_id: int, expected: ExpectedVersion, uow: ListingsUnitOfWork, *, releases: bool
) -> Variant:
    """Take a variant off sale until it is restored. Returns the variant. Orders keep their lines.

    With `releases`, other products may then have its SKU and its options. The last variant on sale archives its
    listing. Archiving an archived variant changes nothing, but may release it.

    Raises:
        NotFound: there is no such product.
        PreconditionRequired, PreconditionFailed, VersionConflict: see ExpectedVersion.
    """
    listing_id = adopted_listing_of(product_id, uow)
    with uow:
        listing = require_listing(listing_id, uow, "product")
        before = _lock(product_id, uow)
        expected.require(before.version)
        if before.is_withdrawn and (before.is_released or not releases):
            return before
        uow.variants.withdraw(product_id, releases=releases)
        after = _lock(product_id, uow)
        if not before.archived:
            publish_archived([after], uow)
            if all(variant.archived for variant in uow.variants.of_listing(listing.id)):
                uow.listings.set_state(listing.id, listing.version, State.ARCHIVED)
                changes = {"state": (State.ACTIVE, State.ARCHIVED)}
                uow.audit.record(caller, "listing.set_state", "listing", listing.id, changes)
            index_listing(listing.id, uow)
        _record("product.archive", before, after, caller, uow)
        uow.commit()
    return after


@retry_on_conflict
def restore_variant(
    caller: Caller, product_id: int, sku: str | None, expected: ExpectedVersion, uow: ListingsUnitOfWork
) -> Variant:
    """Bring an archived variant back: on sale if its listing is active, else hidden until it is. Returns the variant.

    A variant that is not archived on its own stays as it is.

    Raises:
        NotFound: there is no such product.
        InvalidInput: the variant has released its SKU, and none was sent.
        SkuTaken: another product has the SKU.
        EqualVariant: another variant of the listing has its options now.
        PreconditionRequired, PreconditionFailed, VersionConflict: see ExpectedVersion.
    """
    listing_id = adopted_listing_of(product_id, uow)
    with uow:
        listing = require_listing(listing_id, uow, "product")
        before = _lock(product_id, uow)
        expected.require(before.version)
        if not before.is_withdrawn:
            return before
        if before.is_released and sku is None:
            raise InvalidInput(FieldProblem("sku", "is required, because the variant has released its SKU"))
        uow.variants.restore(product_id, sku or before.sku, is_hidden=listing.state != State.ACTIVE)
        after = _lock(product_id, uow)
        if not after.archived:
            publish_on_sale([after], category_name(listing, uow), uow)
            index_listing(listing.id, uow)
        _record("product.restore", before, after, caller, uow)
        uow.commit()
    return after


def _lock(product_id: int, uow: ListingsUnitOfWork) -> Variant:
    found = uow.variants.lock([product_id])
    if not found:
        raise NotFound("product")
    return found[0]


def _record(action: str, before: Variant, after: Variant, caller: Caller, uow: ListingsUnitOfWork) -> None:
    uow.audit.record(caller, action, "product", after.id, changed_fields(before.audited, after.audited))
