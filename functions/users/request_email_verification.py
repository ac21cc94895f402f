"""POST /api/v1/users/email-verification: ask for another mail with a link that verifies the caller's address."""

from microshop.http import CUSTOMER, Request, Response, accepted, endpoint
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users.email_verification import request_verification
from microshop.users.mail_attempts import MailAttempts
from microshop.users.unit_of_work import UsersUnitOfWork


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    request_verification(request.require_caller(), attempts=MailAttempts(redis()), uow=UsersUnitOfWork(database()))
    return accepted()
