"""PUT /api/v1/users/password: change the caller's password and end their other sessions."""

from microshop.http import CUSTOMER, Request, Response, endpoint, no_content
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users.login_attempts import LoginAttempts
from microshop.users.password_change import change_password
from microshop.users.schemas import ChangePasswordRequest
from microshop.users.sessions import Sessions
from microshop.users.unit_of_work import UsersUnitOfWork


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    change_password(
        request.require_caller(),
        request.body(ChangePasswordRequest),
        shop_name=settings.text("SHOP_NAME"),
        sessions=Sessions(redis()),
        attempts=LoginAttempts(redis()),
        uow=UsersUnitOfWork(database()),
    )
    return no_content()
