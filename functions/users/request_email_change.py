"""POST /api/v1/users/email-change: ask for a mail with a link to the caller's new address."""

from microshop.http import CUSTOMER, Request, Response, accepted, endpoint
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users.account_unit_of_work import AccountUnitOfWork
from microshop.users.email_change_request import request_email_change
from microshop.users.login_attempts import CallerAttempts
from microshop.users.mail_attempts import MailAttempts
from microshop.users.schemas import ChangeEmailRequest


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    request_email_change(
        request.require_caller(),
        request.body(ChangeEmailRequest),
        attempts=CallerAttempts(redis()),
        mails=MailAttempts(redis()),
        uow=AccountUnitOfWork(database()),
    )
    return accepted()
