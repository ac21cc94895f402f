"""POST /api/v1/admin/staff/{id}/enable: let a disabled account log in again."""

from microshop.http import Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.scopes import MANAGE_STAFF
from microshop.staff.granting import enable
from microshop.staff.queries import StaffQueries
from microshop.staff.reading import get_member
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.staff.view import member_view


@endpoint(requires=MANAGE_STAFF, fresh_second_factor=True)
def handler(request: Request) -> Response:
    user_id = request.path_id("id")
    enable(request.require_caller(), user_id, StaffUnitOfWork(database(), redis()))
    return ok(member_view(get_member(user_id, StaffQueries(database()))))
