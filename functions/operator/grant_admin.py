"""Makes a registered user an admin: `{"email": "…", "operator": "…"}`; with `"revoke": true` a customer again.

Operators invoke it; it has no HTTP route.
"""

from collections.abc import Mapping
from typing import Any

from microshop.caller import ADMIN, CUSTOMER
from microshop.operator_actions import log_action, return_mistakes
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users.reading import email_in
from microshop.users.sessions import Sessions
from microshop.users.unit_of_work import UsersUnitOfWork
from microshop.users.updating import set_role


@return_mistakes
def handler(event: dict[str, Any], _context: object) -> Mapping[str, object]:
    """Returns `{"user_id", "ended", "remembered_seconds"}`. An invalid or unknown address is an operator's mistake.

    `ended` is the number of ended sessions; `remembered_seconds` is how long API Gateway caches the authorizer's
    responses.
    """
    revoke = event.get("revoke") is True
    user_id, ended = set_role(
        email_in(event), CUSTOMER if revoke else ADMIN, Sessions(redis()), UsersUnitOfWork(database())
    )
    log_action("revoke admin" if revoke else "grant admin", event, user_id=user_id, ended=ended)
    return {
        "user_id": user_id,
        "ended": ended,
        "remembered_seconds": settings.integer("AUTHORIZER_TTL_SECONDS", 0),
    }
