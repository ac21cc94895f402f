"""DELETE /api/v1/admin/second-factor: remove the caller's second factor, and end their sessions."""

from microshop.http import STAFF, Request, Response, endpoint, no_content
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.second_factor.removing import remove_second_factor
from microshop.second_factor.unit_of_work import SecondFactorUnitOfWork
from microshop.users.sessions import Sessions


@endpoint(requires=STAFF, fresh_second_factor=True)
def handler(request: Request) -> Response:
    remove_second_factor(
        request.require_caller(),
        is_required=settings.text("STAFF_SECOND_FACTOR", "optional") == "required",
        sessions=Sessions(redis()),
        uow=SecondFactorUnitOfWork(database()),
    )
    return no_content()
