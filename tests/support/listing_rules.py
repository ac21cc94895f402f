"""Rules for listings and their variants: created, withdrawn, restored, hidden and shown again, with failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import multiple, rule

from microshop.errors import Conflict
from microshop.listings.listing import State
from microshop.listings.managing import set_listing_state
from microshop.listings.variant_managing import archive_variant, restore_variant
from microshop.versions import ExpectedVersion
from tests.support.fault_strategies import LOST, RARELY
from tests.support.listing_builders import a_category, a_variant, add_listing, some_listing_details
from tests.support.shop_rules import ShopRules
from tests.support.use_cases import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

_ANY = ExpectedVersion(any_version=True)
_STATES = st.sampled_from(["active", "active", "draft", "archived"])
_IDS = "SELECT id FROM products ORDER BY id"


class ListingRules(ShopRules):
    """Rules for listings, added to those for orders."""

    products = ShopRules.products

    @rule(target=products, stock=st.integers(0, 9), state=st.sampled_from(["active", "draft"]), meant=RARELY, lost=LOST)
    def create_listing(self, stock: int, state: str, *, meant: bool, lost: int | None) -> Any:
        """Create a listing with two variants."""
        if not meant:
            return multiple()
        shop = self._shop
        variants = [a_variant(color, sku=next(self._skus), price_minor=590, stock=stock) for color in ("red", "blue")]
        details = some_listing_details(a_category(shop.database))
        outcome = shop.do(
            lost, lambda: add_listing(shop.worker, shop.admin, *variants, state=State(state), details=details)
        )
        if not outcome.done:
            return multiple()
        created = [row["id"] for row in shop.database.rows(_IDS) if row["id"] not in self._model.products]
        self._model.create_listing(created, 590, stock, state)
        shop.changed(outcome, created if state == "active" else [])
        return multiple(*created)

    @rule(product_id=products, releases=st.booleans(), meant=RARELY, lost=LOST)
    def withdraw(self, product_id: int, *, releases: bool, meant: bool, lost: int | None) -> None:
        """Archive a variant by itself."""
        if not meant:  # otherwise soon no product would be on sale
            return
        shop = self._shop
        outcome = shop.do(
            lost, lambda: archive_variant(shop.admin, product_id, _ANY, catalogue(shop.worker), releases=releases)
        )
        if outcome.done:
            self._changed(outcome, self._model.withdraw(product_id, releases=releases))

    @rule(product_id=products, lost=LOST)
    def restore(self, product_id: int, lost: int | None) -> None:
        """Restore a variant with a new SKU."""
        shop, sku = self._shop, next(self._skus)
        outcome = shop.do(lost, lambda: restore_variant(shop.admin, product_id, sku, _ANY, catalogue(shop.worker)))
        if outcome.done:
            self._changed(outcome, self._model.restore(product_id))

    @rule(
        product_id=products, state=st.sampled_from(["active", "active", "draft", "archived"]), meant=RARELY, lost=LOST
    )
    def set_state(self, product_id: int, state: str, *, meant: bool, lost: int | None) -> None:
        """Change the state of the listing of a product."""
        if not meant:
            return
        shop, listing = self._shop, self._model.products[product_id].listing
        is_empty = state == "active" != listing.state and all(each.withdrawn for each in listing.products)
        listing_id = catalogue(shop.database).variants.listing_of(product_id) or 0
        outcome = shop.do(
            lost,
            lambda: set_listing_state(shop.admin, listing_id, State(state), _ANY, catalogue(shop.worker)),
            Conflict if is_empty else None,
        )
        if outcome.done:
            self._changed(outcome, self._model.set_state(product_id, state))

    def _changed(self, outcome: Any, product_ids: Sequence[int]) -> None:
        self._shop.changed(outcome, product_ids)
