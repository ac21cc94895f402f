"""Erases again, in a restored database, every account that has a tombstone: `{"operator": "…"}`.

Operators invoke it after a restore; it has no HTTP route.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from microshop.operator_actions import log_action, return_mistakes
from microshop.platform import settings
from microshop.platform.lambda_context import Deadline
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.privacy.erasing import erase_again
from microshop.privacy.erasing_unit_of_work import ErasingUnitOfWork
from microshop.privacy.tombstones import Tombstones
from microshop.users.device_repository import Devices
from microshop.users.sessions import Sessions

# Time for the current account: some statements of up to 6 s.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 30_000


@return_mistakes
def handler(event: dict[str, Any], context: Deadline) -> Mapping[str, object]:
    """Returns `{"tombstones", "erased", "complete"}`; if it is not complete, invoke it again.

    It also works while the shop is read-only, because a restored shop should be.
    """
    uow = ErasingUnitOfWork(database(), redis())
    tombstones, sessions, devices = _tombstones(), Sessions(redis()), Devices(redis())
    total, erased, complete = 0, 0, True
    for page in tombstones.pages():
        total += len(page)
        for user_id in _left(page, uow):
            if context.get_remaining_time_in_millis() < _STOP_BEFORE_TIMEOUT_MILLISECONDS:
                complete = False
                break
            erased += erase_again(user_id, tombstones.erased_at(user_id), sessions=sessions, devices=devices, uow=uow)
        if not complete:
            break
    log_action("replay erasures", event, tombstones=total, erased=erased, complete=complete)
    return {"tombstones": total, "erased": erased, "complete": complete}


def _tombstones() -> Tombstones:
    return Tombstones(settings.text("TOMBSTONE_BUCKET_NAME"))


def _left(page: list[int], uow: ErasingUnitOfWork) -> Iterator[int]:
    if page:
        yield from uow.erasing.not_erased(page)
