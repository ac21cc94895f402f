"""POST /api/v1/users/login: exchange email and password for a token."""

from microshop.http import Request, Response, endpoint, ok
from microshop.http.client import client_of
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users.device import device_of
from microshop.users.device_repository import Devices
from microshop.users.login import log_in
from microshop.users.login_attempts import LoginAttempts
from microshop.users.repository import UserRepository
from microshop.users.schemas import LogInRequest
from microshop.users.session_managing import record_device
from microshop.users.sessions import Sessions
from microshop.users.unit_of_work import UsersUnitOfWork
from microshop.users.view import login_view

_ONE_DAY_SECONDS = 86_400


@endpoint(while_read_only=True, per_client="logins")
def handler(request: Request) -> Response:
    login = log_in(
        request.body(LogInRequest),
        lifetime_seconds=settings.integer("SESSION_LIFETIME_SECONDS", _ONE_DAY_SECONDS),
        sessions=Sessions(redis()),
        attempts=LoginAttempts(redis(), client_of(request)),
        users=UserRepository(database()),
    )
    record_device(login, device_of(request.header("user-agent")), Devices(redis()), UsersUnitOfWork(database()))
    is_required = settings.text("STAFF_SECOND_FACTOR", "optional") == "required"
    return ok(login_view(login, second_factor_required=is_required))
