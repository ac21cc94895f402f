"""Gives products of the previous release a listing, and indexes listings again whose derived data is outdated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microshop import read_only
from microshop.listings.adopting import adopt_products
from microshop.listings.cache import invalidate_listings
from microshop.listings.refreshing import refresh_category, refresh_outdated
from microshop.listings.unit_of_work import listings_unit_of_work
from microshop.platform import observability
from microshop.platform.lease import lease
from microshop.platform.mysql import database
from microshop.products.cache import invalidate_products

if TYPE_CHECKING:
    from microshop.listings.unit_of_work import ListingsUnitOfWork
    from microshop.platform.lambda_context import Deadline

_BATCH = 100
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 15_000


def handler(_event: dict[str, Any], context: Deadline) -> dict[str, int]:
    """Returns how many products got a listing and how many listings were indexed; the next run continues.

    Nothing is written while the shop is read-only or another run is active.
    """
    totals = {"adopted": 0, "indexed": 0}
    with lease(database(), "refresh_listings", context) as is_held:
        if not is_held:
            observability.log().info("another run is active")
            return totals
        uow = listings_unit_of_work()
        while not _must_stop(context):
            adopted, indexed = adopt_products(_BATCH, uow), _refresh(uow)
            totals["adopted"] += adopted
            totals["indexed"] += indexed
            if not (adopted or indexed or uow.refreshes.category()):
                break
    if any(totals.values()):
        observability.log().info("listings refreshed", **totals)
    return totals


def _refresh(uow: ListingsUnitOfWork) -> int:
    outdated, refreshed = refresh_outdated(_BATCH, uow), refresh_category(_BATCH, uow)
    invalidate_products(refreshed.product_ids)
    # Their pages show the categories above them.
    invalidate_listings(refreshed.listing_ids)
    return outdated + len(refreshed.listing_ids)


def _must_stop(context: Deadline) -> bool:
    if reason := read_only.current_reason():
        observability.log().info("no listing is indexed while the shop is read-only", reason=reason)
        return True
    return context.get_remaining_time_in_millis() < _STOP_BEFORE_TIMEOUT_MILLISECONDS
