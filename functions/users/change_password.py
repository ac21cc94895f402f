"""PUT /api/v1/users/password: a new password, which ends every other session."""

from microshop.http import CUSTOMER, Request, Response, endpoint, no_content
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users import service
from microshop.users.login_attempts import LoginAttempts
from microshop.users.repository import UsersUnitOfWork
from microshop.users.schemas import ChangePasswordRequest
from microshop.users.sessions import Sessions


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    wanted = request.body(ChangePasswordRequest)
    service.change_password(
        request.logged_in(),
        current_password=wanted.current_password,
        new_password=wanted.new_password,
        transaction=UsersUnitOfWork(database()),
        sessions=Sessions(redis()),
        attempts=LoginAttempts(redis()),
    )
    return no_content()
