"""PUT /api/v1/admin/roles/{id}: replace name and scopes of a role, and end the sessions of its members."""

from microshop.http import Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.scopes import MANAGE_STAFF
from microshop.staff.role_managing import change_role
from microshop.staff.schemas import ChangeRoleRequest
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.staff.view import role_view
from microshop.users.sessions import Sessions
from microshop.versions import expected_version


@endpoint(requires=MANAGE_STAFF, fresh_second_factor=True)
def handler(request: Request) -> Response:
    role_id, body = request.path_id("id"), request.body(ChangeRoleRequest)
    role = change_role(
        request.require_caller(),
        role_id,
        expected_version(request.header("if-match"), body.version),
        name=body.name,
        scopes=frozenset(body.scopes),
        sessions=Sessions(redis()),
        uow=StaffUnitOfWork(database(), redis()),
    )
    return ok(role_view(role))
