"""DELETE /api/v1/admin/roles/{id}: delete a role that nobody has."""

from microshop.http import Request, Response, endpoint, no_content
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.scopes import MANAGE_STAFF
from microshop.staff.role_managing import delete_role
from microshop.staff.unit_of_work import StaffUnitOfWork


@endpoint(requires=MANAGE_STAFF, fresh_second_factor=True)
def handler(request: Request) -> Response:
    delete_role(request.require_caller(), request.path_id("id"), StaffUnitOfWork(database(), redis()))
    return no_content()
