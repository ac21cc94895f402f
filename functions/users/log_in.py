"""POST /api/v1/users/login: exchange email and password for a token."""

from microshop.http import Request, Response, endpoint, ok
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users import service
from microshop.users.login_attempts import LoginAttempts
from microshop.users.repository import UserRepository
from microshop.users.schemas import LogInRequest
from microshop.users.sessions import Sessions
from microshop.users.user import user_view

_ONE_DAY_SECONDS = 86_400


@endpoint(while_read_only=True)
def handler(request: Request) -> Response:
    given = request.body(LogInRequest)
    logged_in = service.log_in(
        given.email,
        given.password,
        lifetime_seconds=settings.integer("SESSION_LIFETIME_SECONDS", _ONE_DAY_SECONDS),
        users=UserRepository(database()),
        sessions=Sessions(redis()),
        attempts=LoginAttempts(redis()),
    )
    return ok(
        {
            "token": logged_in.session.token,
            "token_type": "Bearer",
            "expires_in": logged_in.session.expires_in_seconds,
            "user": user_view(logged_in.user),
        }
    )
