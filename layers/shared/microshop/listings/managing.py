"""Use cases of staff who maintain listings, one transaction each. Variants: variant_managing.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.changes import changed_fields
from microshop.errors import Conflict, FieldProblem, InvalidInput, NotFound
from microshop.idempotency.once_per_key import once_per_key
from microshop.listings.indexing import index_listing
from microshop.listings.listing import State
from microshop.listings.managed_listing import CreatedListing
from microshop.listings.options import chosen_options, require_options_kept, variant_name
from microshop.listings.sale_events import publish_archived, publish_on_sale, publish_updated
from microshop.listings.variant_adding import add_new_variant, check_new_variants
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.listings.listing import Listing, ListingDetails
    from microshop.listings.managed_listing import ManagedListing, NewListing
    from microshop.listings.unit_of_work import ListingsUnitOfWork
    from microshop.listings.variant import Variant
    from microshop.versions import ExpectedVersion


def create_listing(
    caller: Caller, new: NewListing, key: IdempotencyKey | None, uow: ListingsUnitOfWork
) -> CreatedListing:
    """Create a listing with its variants, once per key. The variants of an active listing are on sale.

    Raises:
        InvalidInput: a category does not exist, or options do not fit; it names the fields.
        SkuTaken: another product has the SKU of a variant.
        SlugTaken: another listing has or had the slug.
        IdempotencyKeyReused: the key was sent with another request before.
    """
    check_new_variants(new.details.options, new.variants)
    return once_per_key(key, uow.listing_results, lambda: _create_listing(caller, new, key, uow))


@retry_on_conflict
def _create_listing(
    caller: Caller, new: NewListing, key: IdempotencyKey | None, uow: ListingsUnitOfWork
) -> CreatedListing:
    with uow:
        _require_categories(new.details.category_ids, uow)
        listing = require_listing(uow.listings.add(new.details, new.state, uow.languages[0]), uow)
        category = category_name(listing, uow)
        product_ids = tuple(add_new_variant(caller, listing, variant, category, uow) for variant in new.variants)
        index_listing(listing.id, uow)
        if new.state == State.ACTIVE:
            publish_on_sale(uow.variants.of_listing(listing.id), category, uow)
        created = changed_fields({}, {**listing.details.audited, "state": new.state})
        uow.audit.record(caller, "listing.create", "listing", listing.id, created)
        result = CreatedListing(listing.id, product_ids)
        if key is not None:
            uow.listing_results.store(key, result)
        uow.commit()
    return result


@retry_on_conflict
def update_listing(
    caller: Caller, listing_id: int, details: ListingDetails, expected: ExpectedVersion, uow: ListingsUnitOfWork
) -> ManagedListing:
    """Replace the details of a listing. Its variants get the new name. Returns the updated listing.

    It keeps its slug if `details` names none. Existing orders keep their names.

    Raises:
        NotFound: there is no such listing.
        InvalidInput: a category does not exist, or variants have a removed option or value; it names the fields.
        SlugTaken: another listing has or had the slug.
        PreconditionRequired, PreconditionFailed, VersionConflict: see ExpectedVersion.
    """
    with uow:
        before = require_listing(listing_id, uow)
        expected.require(before.version)
        variants = uow.variants.of_listing(listing_id)
        require_options_kept(before.options, details.options, [variant.options_key for variant in variants])
        _require_categories(details.category_ids, uow)
        uow.listings.update(listing_id, before.version, details, uow.languages[0])
        after = require_listing(listing_id, uow)
        _copy_to_variants(before, after, variants, uow)
        index_listing(listing_id, uow)
        changes = changed_fields(before.details.audited, after.details.audited)
        uow.audit.record(caller, "listing.update", "listing", listing_id, changes)
        managed = uow.staff.managed(after)
        uow.commit()
    return managed


@retry_on_conflict
def set_listing_state(
    caller: Caller, listing_id: int, state: State, expected: ExpectedVersion, uow: ListingsUnitOfWork
) -> ManagedListing:
    """Publish a listing, make it a draft, or archive it. Returns the listing. The present state changes nothing.

    Variants that were archived on their own stay archived.

    Raises:
        NotFound: there is no such listing.
        Conflict: it cannot be active, because all its variants are archived.
        PreconditionRequired, PreconditionFailed, VersionConflict: see ExpectedVersion.
    """
    with uow:
        before = require_listing(listing_id, uow)
        expected.require(before.version)
        if before.state != state:
            _set_state(before, state, uow)
            index_listing(listing_id, uow)
            changes = {"state": (before.state, state)}
            uow.audit.record(caller, "listing.set_state", "listing", listing_id, changes)
        managed = uow.staff.managed(require_listing(listing_id, uow))
        uow.commit()
    return managed


def require_listing(listing_id: int | None, uow: ListingsUnitOfWork, kind: str = "listing") -> Listing:
    """Lock the row of a listing. Returns the listing.

    Raises:
        NotFound: there is none; `kind` is what the client has asked for.
    """
    found = None if listing_id is None else uow.listings.lock(listing_id)
    if found is None:
        raise NotFound(kind)
    return found


def category_name(listing: Listing, uow: ListingsUnitOfWork) -> str:
    """Returns the category of the products of a listing: the name of the main one in the default language."""
    if not listing.category_ids:  # the tree was full when its product got a listing
        return uow.variants.category_of(listing.id)
    main = listing.category_ids[0]
    return uow.categories.names([main])[main][uow.languages[0]]


def _require_categories(category_ids: Sequence[int], uow: ListingsUnitOfWork) -> None:
    existing = uow.listings.lock_categories(category_ids)
    unknown = [number for number, category_id in enumerate(category_ids) if category_id not in existing]
    if unknown:
        raise InvalidInput(*(FieldProblem(f"category_ids.{number}", "is not a category") for number in unknown))


def _set_state(listing: Listing, state: State, uow: ListingsUnitOfWork) -> None:
    variants = uow.variants.of_listing(listing.id)
    if state == State.ACTIVE:
        if not any(variant.hidden_by_listing for variant in variants):
            raise Conflict("All variants of this listing are archived. Restore or add one first.")
        uow.variants.show(listing.id)
    elif listing.state == State.ACTIVE:
        uow.variants.hide(listing.id)
    uow.listings.set_state(listing.id, listing.version, state)
    was_archived = {variant.id: variant.archived for variant in variants}
    changed = [
        variant for variant in uow.variants.of_listing(listing.id) if variant.archived != was_archived[variant.id]
    ]
    if state == State.ACTIVE:
        publish_on_sale(changed, category_name(listing, uow), uow)
    else:
        publish_archived(changed, uow)


def _copy_to_variants(before: Listing, after: Listing, variants: Sequence[Variant], uow: ListingsUnitOfWork) -> None:
    """Give the variants what they have of their listing: name, description and category, and pictures if simple."""
    default = uow.languages[0]
    text, category = after.texts[default], category_name(after, uow)
    is_changed = (before.texts[default].description, category_name(before, uow)) != (text.description, category)
    changed = set()
    for variant in variants:
        name = variant_name(text.name, after.options, chosen_options(variant.options_key), default)
        image_urls = variant.image_urls if after.options else after.image_urls
        if is_changed or (variant.name, variant.image_urls) != (name, image_urls):
            uow.variants.copy_from_listing(
                variant.id, name=name, description=text.description, category=category, image_urls=image_urls
            )
            changed.add(variant.id)
    publish_updated([variant for variant in uow.variants.of_listing(after.id) if variant.id in changed], category, uow)
