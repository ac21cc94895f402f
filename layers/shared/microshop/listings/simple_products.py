"""Admin use cases for simple products, one transaction each: a simple product is a listing with one variant.

Archiving also serves the variants of other listings.
"""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from microshop.audit.changes import changed_fields
from microshop.categories.category import NamedCategory
from microshop.collation import name_key
from microshop.errors import FieldProblem, InvalidInput, NotFound
from microshop.idempotency.once_per_key import once_per_key
from microshop.listings.adopting import adopted_listing_of
from microshop.listings.indexing import index_listing
from microshop.listings.listing import ListingDetails, ListingText, State
from microshop.products.events import ProductArchived, ProductCreated, ProductUpdated, StockLow
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.listings.listing import Listing
    from microshop.listings.unit_of_work import ListingsUnitOfWork
    from microshop.products.product import ManagedProduct, Product, ProductDetails
    from microshop.versions import ExpectedVersion


def create_product(
    caller: Caller, details: ProductDetails, stock: int, key: IdempotencyKey | None, uow: ListingsUnitOfWork
) -> int:
    """Put a product on sale with `stock` units, once per key, as a listing of its own. Returns the product's id.

    A category is created unless there is one with this name, regardless of case.

    Raises:
        SkuTaken: another product has the SKU.
        IdempotencyKeyReused: the key was sent with another request before.
    """
    return once_per_key(key, uow.product_results, lambda: _create_product(caller, details, stock, key, uow))


@retry_on_conflict
def _create_product(
    caller: Caller, details: ProductDetails, stock: int, key: IdempotencyKey | None, uow: ListingsUnitOfWork
) -> int:
    with uow:
        category = uow.categories.named(details.category, uow.languages[0])
        details = replace(details, category=category.name)
        listing = ListingDetails(
            texts={uow.languages[0]: ListingText(details.name, details.description)},
            category_ids=(category.id,),
            image_urls=details.image_urls,
        )
        listing_id = uow.listings.add(listing, State.ACTIVE, uow.languages[0])
        product_id = uow.products.add(details, stock, listing_id=listing_id)
        index_listing(listing_id, uow)
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
    caller: Caller, product_id: int, details: ProductDetails, expected: ExpectedVersion, uow: ListingsUnitOfWork
) -> tuple[int, ManagedProduct]:
    """Replace the details of a product. Existing orders keep their names and prices.

    Returns the id of its listing and the updated product.

    Raises:
        NotFound: the product is not on sale.
        InvalidInput: name, description or category differ, and the product has options, so they belong to its listing.
        PreconditionRequired, PreconditionFailed, VersionConflict: see ExpectedVersion.
        SkuTaken: another product has the SKU.
    """
    listing_id = adopted_listing_of(product_id, uow)
    with uow:
        listing = _lock_listing(listing_id, uow)
        before = _lock(product_id, uow)
        expected.require(before.product.version)
        if listing.options:
            _require_texts_of_listing(before.product, details)
        else:
            details = copy_to_listing(listing, details, uow)
        uow.products.update(product_id, before.product.version, details)
        index_listing(listing.id, uow)
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
    return listing.id, after


@retry_on_conflict
def archive_product(caller: Caller, product_id: int, expected: ExpectedVersion | None, uow: ListingsUnitOfWork) -> int:
    """Take a product off sale. Orders keep their lines, and its stock stays in the ledger.

    Returns the id of its listing.

    The last variant on sale takes its listing along: restoring the listing brings it back.

    If `expected` is None, any version is accepted.

    Raises:
        NotFound: the product is not on sale.
        PreconditionFailed: If-Match names another version.
    """
    listing_id = adopted_listing_of(product_id, uow)
    with uow:
        listing = _lock_listing(listing_id, uow)
        product = _lock(product_id, uow).product
        if expected is not None:
            expected.require(product.version)
        if any(not variant.archived for variant in uow.variants.of_listing(listing.id) if variant.id != product_id):
            uow.products.archive(product_id, product.version)
        else:
            uow.variants.hide(listing.id)
            uow.listings.set_state(listing.id, listing.version, State.ARCHIVED)
        index_listing(listing.id, uow)
        uow.outbox.add(ProductArchived(product_id=product_id, product_version=product.version + 1))
        uow.audit.record(caller, "product.archive", "product", product_id, {"archived": (False, True)})
        uow.commit()
    return listing.id


def _lock(product_id: int, uow: ListingsUnitOfWork) -> ManagedProduct:
    found = uow.products.lock(product_id)
    if found is None:
        raise NotFound("product")
    return found


def _lock_listing(listing_id: int | None, uow: ListingsUnitOfWork) -> Listing:
    found = None if listing_id is None else uow.listings.lock(listing_id)
    if found is None:
        raise NotFound("product")
    return found


def _require_texts_of_listing(product: Product, details: ProductDetails) -> None:
    before = vars(product)
    changed = [name for name in ("name", "description", "category") if vars(details)[name] != before[name]]
    if changed:
        reason = "belongs to the listing of this variant: change it there"
        raise InvalidInput(*(FieldProblem(name, reason) for name in changed))


def copy_to_listing(listing: Listing, details: ProductDetails, uow: ListingsUnitOfWork) -> ProductDetails:
    """Copy the details of a simple product to its listing. Returns them with the name of the category as it exists."""
    default = uow.languages[0]
    category = _category_of(listing, details.category, uow)
    others = [category_id for category_id in listing.category_ids[1:] if category_id != category.id]
    changed = ListingDetails(
        texts={**listing.texts, default: ListingText(details.name, details.description)},
        category_ids=(category.id, *others),
        brand=listing.brand,
        image_urls=details.image_urls,
    )
    uow.listings.update(listing.id, listing.version, changed, default)
    return replace(details, category=category.name)


def _category_of(listing: Listing, name: str, uow: ListingsUnitOfWork) -> NamedCategory:
    """Returns the category with a name: the present one if it has the name, because others may have it too."""
    main, default = listing.category_ids[:1], uow.languages[0]
    if main and name_key(present := uow.categories.names(main)[main[0]][default]) == name_key(name):
        return NamedCategory(main[0], present)
    return uow.categories.named(name, default)
