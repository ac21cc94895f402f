"""GET /api/v1/admin/api-keys: the newest API keys, without their tokens."""

from microshop.api_keys.repository import ApiKeyRepository
from microshop.http import Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.scopes import MANAGE_STAFF
from microshop.staff.view import api_key_list_view


@endpoint(requires=MANAGE_STAFF)
def handler(_request: Request) -> Response:
    return ok(api_key_list_view(ApiKeyRepository(database()).newest()))
