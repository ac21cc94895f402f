"""Ends every session of a user: `{"email": "…", "end": true, "operator": "…"}`; without `end` it counts them.

Operators invoke it; it has no HTTP route.
"""

from collections.abc import Mapping
from typing import Any

from microshop.operator_actions import log_action, return_mistakes
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users.account_unit_of_work import AccountUnitOfWork
from microshop.users.reading import account_by_email, email_in
from microshop.users.repository import UserRepository
from microshop.users.sessions import Sessions
from microshop.users.updating import end_sessions


@return_mistakes
def handler(event: dict[str, Any], _context: object) -> Mapping[str, object]:
    """Returns `{"user_id", "sessions"}`: the number of open sessions. An unregistered address is an operator's mistake.

    With `end`, also `{"ended", "remembered_seconds"}`: the number of ended sessions, and how long API Gateway caches
    the authorizer's responses.
    """
    email, sessions = email_in(event), Sessions(redis())
    if event.get("end") is not True:
        user_id = account_by_email(email, UserRepository(database())).id
        return {"user_id": user_id, "sessions": sessions.count(user_id)}
    user_id, ended = end_sessions(email, sessions, AccountUnitOfWork(database()))
    log_action("end sessions", event, user_id=user_id, ended=ended)
    return {
        "user_id": user_id,
        "sessions": sessions.count(user_id),
        "ended": ended,
        "remembered_seconds": settings.integer("AUTHORIZER_TTL_SECONDS", 0),
    }
