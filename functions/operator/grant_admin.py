"""Makes a registered user an owner of the shop: `{"email": "…", "operator": "…"}`.

With `"revoke": true` it takes all roles of the user away.

Operators invoke it; it has no HTTP route.
"""

from collections.abc import Mapping
from typing import Any

from microshop.operator_actions import log_action, return_mistakes
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.staff.granting import set_owner
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.users.reading import email_in
from microshop.users.sessions import Sessions


@return_mistakes
def handler(event: dict[str, Any], _context: object) -> Mapping[str, object]:
    """Returns `{"user_id", "ended", "remembered_seconds"}`. An invalid or unknown address is an operator's
    mistake, and so is taking the roles of the last owner away.

    `ended` is the number of ended sessions; `remembered_seconds` is how long API Gateway caches the authorizer's
    responses.
    """
    revoke = event.get("revoke") is True
    user_id, ended = set_owner(
        email_in(event), Sessions(redis()), StaffUnitOfWork(database(), redis()), is_owner=not revoke
    )
    log_action("revoke admin" if revoke else "grant admin", event, user_id=user_id, ended=ended)
    return {
        "user_id": user_id,
        "ended": ended,
        "remembered_seconds": settings.integer("AUTHORIZER_TTL_SECONDS", 0),
    }
