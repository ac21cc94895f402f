"""POST /api/v1/admin/second-factor/verify: the second step of signing in, or a fresh code. The token is replaced."""

import time

from microshop.http import STAFF, Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.platform.sealing import sealer
from microshop.second_factor.schemas import VerifySecondFactorRequest
from microshop.second_factor.unit_of_work import SecondFactorUnitOfWork
from microshop.second_factor.verifying import verify_second_factor
from microshop.second_factor.view import replaced_session_view
from microshop.users.login_attempts import CallerAttempts
from microshop.users.sessions import Sessions


@endpoint(requires=STAFF, while_read_only=True)
def handler(request: Request) -> Response:
    session = verify_second_factor(
        request.require_caller(),
        request.body(VerifySecondFactorRequest),
        now=time.time(),
        sealer=sealer(),
        sessions=Sessions(redis()),
        attempts=CallerAttempts(redis()),
        uow=SecondFactorUnitOfWork(database()),
    )
    return ok(replaced_session_view(session))
