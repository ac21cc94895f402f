"""PUT /api/v1/users/password: change the caller's password and end their other sessions."""

from microshop.http import CUSTOMER, Request, Response, endpoint, no_content
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users.account_unit_of_work import AccountUnitOfWork
from microshop.users.login_attempts import CallerAttempts
from microshop.users.password_change import change_password
from microshop.users.schemas import ChangePasswordRequest
from microshop.users.sessions import Sessions


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    change_password(
        request.require_caller(),
        request.body(ChangePasswordRequest),
        shop_name=settings.text("SHOP_NAME"),
        sessions=Sessions(redis()),
        attempts=CallerAttempts(redis()),
        uow=AccountUnitOfWork(database()),
    )
    return no_content()
