"""POST /api/v1/users/password-reset/confirm: set a new password with the link of a mail."""

from microshop.http import Request, Response, endpoint, no_content
from microshop.http.client import client_of
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users.account_unit_of_work import AccountUnitOfWork
from microshop.users.login_attempts import LoginAttempts
from microshop.users.password_reset import reset_password
from microshop.users.schemas import ResetPasswordRequest
from microshop.users.sessions import Sessions


@endpoint(per_client="links")
def handler(request: Request) -> Response:
    reset_password(
        request.body(ResetPasswordRequest),
        shop_name=settings.text("SHOP_NAME"),
        sessions=Sessions(redis()),
        attempts=LoginAttempts(redis(), client_of(request)),
        uow=AccountUnitOfWork(database()),
    )
    return no_content()
