"""Erases accounts whose owners asked for it, after the grace period."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from microshop import read_only
from microshop.errors import ShopError
from microshop.platform import observability, settings
from microshop.platform.lease import lease
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.privacy.erasing import erase_account
from microshop.privacy.erasing_unit_of_work import ErasingUnitOfWork
from microshop.privacy.tombstones import Tombstones
from microshop.users.device_repository import Devices
from microshop.users.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from microshop.platform.lambda_context import Deadline

_PAGE_SIZE = 100
# Time for the current account: some statements of up to 6 s, and a call to S3.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 30_000
_FIRST = datetime(2000, 1, 1, tzinfo=UTC), 0


def handler(_event: dict[str, Any], context: Deadline) -> dict[str, int]:
    """Returns how many accounts were erased, must wait because something is open, and failed; the next run retries.

    Nothing is erased while the shop is read-only or another run is active.
    """
    totals = {"erased": 0, "waiting": 0, "failed": 0}
    uow = ErasingUnitOfWork(database(), redis())
    erase = partial(
        erase_account,
        sessions=Sessions(redis()),
        devices=Devices(redis()),
        tombstones=Tombstones(settings.text("TOMBSTONE_BUCKET_NAME")),
        uow=uow,
    )
    with lease(database(), "erase_accounts", context) as is_held:
        if not is_held:
            observability.log().info("another run is active")
            return totals
        for user_id in _due(uow):
            if _must_stop(context):
                break
            totals[_outcome(user_id, erase)] += 1
    observability.log().info("accounts erased", **totals)
    observability.count("accounts_erased_total", totals["erased"])
    return totals


def _due(uow: ErasingUnitOfWork) -> Iterator[int]:
    now, last = datetime.now(UTC), _FIRST
    while accounts := uow.erasing.due(now, last, _PAGE_SIZE):
        last = accounts[-1]
        yield from (user_id for _, user_id in accounts)


def _must_stop(context: Deadline) -> bool:
    if reason := read_only.current_reason():
        observability.log().info("nothing is erased while the shop is read-only", reason=reason)
        return True
    return context.get_remaining_time_in_millis() < _STOP_BEFORE_TIMEOUT_MILLISECONDS


def _outcome(user_id: int, erase: Callable[[int], bool]) -> str:
    try:
        is_erased = erase(user_id)
    except Exception as error:  # noqa: BLE001 - one account that cannot be erased must not block the next ones
        reason = str(error) if isinstance(error, ShopError) else type(error).__name__
        observability.log().error("an account could not be erased", user_id=user_id, reason=reason)
        observability.count("system_errors_total", type="erasure")
        return "failed"
    if not is_erased:
        observability.log().info("an erasure waits until nothing of the account is open", user_id=user_id)
    return "erased" if is_erased else "waiting"
