"""POST /api/v1/admin/roles: create a role."""

from microshop.http import Request, Response, created, endpoint
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.scopes import MANAGE_STAFF
from microshop.staff.role_managing import create_role
from microshop.staff.schemas import CreateRoleRequest
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.staff.view import role_view


@endpoint(requires=MANAGE_STAFF, fresh_second_factor=True)
def handler(request: Request) -> Response:
    body = request.body(CreateRoleRequest)
    role = create_role(
        request.require_caller(), body.name, frozenset(body.scopes), StaffUnitOfWork(database(), redis())
    )
    return created(role_view(role), location="/api/v1/admin/roles")
