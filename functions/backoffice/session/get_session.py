"""GET /api/v1/admin/session: the caller and their scopes."""

from microshop.http import STAFF, Request, Response, endpoint, ok
from microshop.staff.view import staff_session_view


@endpoint(requires=STAFF)
def handler(request: Request) -> Response:
    return ok(staff_session_view(request.require_caller()))
