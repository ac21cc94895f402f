"""DELETE /api/v1/admin/api-keys/{id}: revoke an API key; it stops working at once."""

from microshop.http import Request, Response, endpoint, no_content
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.scopes import MANAGE_STAFF
from microshop.staff.key_managing import revoke_key
from microshop.staff.unit_of_work import StaffUnitOfWork


@endpoint(requires=MANAGE_STAFF, fresh_second_factor=True)
def handler(request: Request) -> Response:
    revoke_key(request.require_caller(), request.path_id("id"), StaffUnitOfWork(database(), redis()))
    return no_content()
