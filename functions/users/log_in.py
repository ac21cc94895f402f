"""POST /api/v1/users/login: exchange email and password for a token."""

from microshop.http import Request, Response, endpoint, ok
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users.login import log_in
from microshop.users.login_attempts import LoginAttempts
from microshop.users.repository import UserRepository
from microshop.users.schemas import LogInRequest
from microshop.users.sessions import Sessions
from microshop.users.view import login_view

_ONE_DAY_SECONDS = 86_400


@endpoint(while_read_only=True)
def handler(request: Request) -> Response:
    login = log_in(
        request.body(LogInRequest),
        lifetime_seconds=settings.integer("SESSION_LIFETIME_SECONDS", _ONE_DAY_SECONDS),
        sessions=Sessions(redis()),
        attempts=LoginAttempts(redis()),
        users=UserRepository(database()),
    )
    return ok(login_view(login))
