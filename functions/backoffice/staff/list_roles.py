"""GET /api/v1/admin/roles: all roles with their scopes."""

from microshop.http import Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.scopes import MANAGE_STAFF
from microshop.staff.queries import StaffQueries
from microshop.staff.view import role_list_view


@endpoint(requires=MANAGE_STAFF)
def handler(_request: Request) -> Response:
    return ok(role_list_view(StaffQueries(database()).roles()))
