"""GET /api/v1/admin/read-only: whether the shop is read-only, and why."""

from microshop.http import Request, Response, endpoint, ok
from microshop.operations.view import read_only_view
from microshop.platform import settings
from microshop.platform.redis import redis
from microshop.read_only import ReadOnlySwitch
from microshop.scopes import OPERATE


@endpoint(requires=OPERATE)
def handler(_request: Request) -> Response:
    return ok(read_only_view(ReadOnlySwitch(redis()).state(), settings.integer("AUTHORIZER_TTL_SECONDS", 0)))
