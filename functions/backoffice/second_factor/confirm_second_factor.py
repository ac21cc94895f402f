"""POST /api/v1/admin/second-factor/confirm: put the caller's second factor into force, and end their other sessions."""

import time

from microshop.http import STAFF, Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.platform.sealing import sealer
from microshop.second_factor.enrolling import confirm_enrolment
from microshop.second_factor.schemas import ConfirmSecondFactorRequest
from microshop.second_factor.unit_of_work import SecondFactorUnitOfWork
from microshop.second_factor.view import enrolment_confirmed_view
from microshop.users.login_attempts import CallerAttempts
from microshop.users.sessions import Sessions


@endpoint(requires=STAFF)
def handler(request: Request) -> Response:
    enrolled = confirm_enrolment(
        request.require_caller(),
        request.body(ConfirmSecondFactorRequest).code,
        now=time.time(),
        sealer=sealer(),
        sessions=Sessions(redis()),
        attempts=CallerAttempts(redis()),
        uow=SecondFactorUnitOfWork(database()),
    )
    return ok(enrolment_confirmed_view(enrolled))
