"""Makes a registered user an admin: `{"email": "…", "operator": "…"}`.

Operators invoke it; it has no HTTP route.
"""

from typing import Any

from microshop.errors import FieldProblem, InvalidInput
from microshop.operator_actions import note_action
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users.changing import grant_admin
from microshop.users.sessions import Sessions
from microshop.users.unit_of_work import UsersUnitOfWork
from microshop.users.user import normalise_email


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Return `{"user_id": …}`. An invalid or unregistered address fails the invocation."""
    try:
        email = normalise_email(str(event.get("email", "")))
    except ValueError as error:
        raise InvalidInput(FieldProblem("email", str(error))) from None
    user_id = grant_admin(email, Sessions(redis()), UsersUnitOfWork(database()))
    note_action("grant admin", event, user_id=user_id)
    return {"user_id": user_id}
