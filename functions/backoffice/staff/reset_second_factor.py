"""DELETE /api/v1/admin/staff/{id}/second-factor: remove the second factor of a member of staff who lost their phone."""

from microshop.http import Request, Response, endpoint, no_content
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.scopes import MANAGE_STAFF
from microshop.second_factor.removing import reset_second_factor
from microshop.second_factor.unit_of_work import SecondFactorUnitOfWork
from microshop.users.sessions import Sessions


@endpoint(requires=MANAGE_STAFF, fresh_second_factor=True)
def handler(request: Request) -> Response:
    caller, user_id = request.require_caller(), request.path_id("id")
    reset_second_factor(caller, user_id, Sessions(redis()), SecondFactorUnitOfWork(database()))
    return no_content()
