"""POST /api/v1/admin/staff/{id}/disable: end the sessions of an account, and let it log in no more."""

from microshop.http import Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.scopes import MANAGE_STAFF
from microshop.staff.granting import disable
from microshop.staff.queries import StaffQueries
from microshop.staff.reading import get_member
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.staff.view import member_view
from microshop.users.sessions import Sessions


@endpoint(requires=MANAGE_STAFF, fresh_second_factor=True)
def handler(request: Request) -> Response:
    user_id = request.path_id("id")
    disable(request.require_caller(), user_id, Sessions(redis()), StaffUnitOfWork(database(), redis()))
    return ok(member_view(get_member(user_id, StaffQueries(database()))))
