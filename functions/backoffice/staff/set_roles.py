"""PUT /api/v1/admin/staff/{id}/roles: replace the roles of an account and end its sessions."""

from microshop.http import Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.scopes import MANAGE_STAFF
from microshop.staff.granting import change_roles
from microshop.staff.queries import StaffQueries
from microshop.staff.reading import get_member
from microshop.staff.schemas import SetRolesRequest
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.staff.view import member_view
from microshop.users.sessions import Sessions


@endpoint(requires=MANAGE_STAFF, fresh_second_factor=True)
def handler(request: Request) -> Response:
    user_id, body = request.path_id("id"), request.body(SetRolesRequest)
    uow = StaffUnitOfWork(database(), redis())
    change_roles(request.require_caller(), user_id, set(body.role_ids), Sessions(redis()), uow)
    return ok(member_view(get_member(user_id, StaffQueries(database()))))
