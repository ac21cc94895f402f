"""POST /api/v1/users/password-reset: ask for a mail with a link to a new password."""

from microshop.http import Request, Response, accepted, endpoint
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users.account_unit_of_work import AccountUnitOfWork
from microshop.users.mail_attempts import MailAttempts
from microshop.users.password_reset_request import request_password_reset
from microshop.users.schemas import RequestPasswordResetRequest


@endpoint(per_client="mails")
def handler(request: Request) -> Response:
    email = request.body(RequestPasswordResetRequest).email
    request_password_reset(email, attempts=MailAttempts(redis()), uow=AccountUnitOfWork(database()))
    return accepted()
