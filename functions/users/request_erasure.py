"""POST /api/v1/users/erasure: ask for the erasure of the caller's account after a grace period."""

from datetime import timedelta

from microshop.http import CUSTOMER, Request, Response, accepted, endpoint
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.privacy.asking import request_erasure
from microshop.privacy.schemas import RequestErasureRequest
from microshop.privacy.unit_of_work import ErasuresUnitOfWork
from microshop.privacy.view import erasure_view
from microshop.users.login_attempts import CallerAttempts
from microshop.users.mail_attempts import MailAttempts


@endpoint(requires=CUSTOMER, fresh_second_factor=True)
def handler(request: Request) -> Response:
    due_at = request_erasure(
        request.require_caller(),
        request.body(RequestErasureRequest),
        timedelta(days=settings.integer("ERASURE_GRACE_DAYS", 14)),
        attempts=CallerAttempts(redis()),
        mails=MailAttempts(redis()),
        uow=ErasuresUnitOfWork(database()),
    )
    return accepted(erasure_view(due_at))
