"""PUT /api/v1/admin/read-only: make the shop read-only, or allow changes again."""

from microshop.http import Request, Response, endpoint, ok
from microshop.operations.schemas import SwitchReadOnlyRequest
from microshop.operations.switching import switch_read_only
from microshop.operations.unit_of_work import OperationsUnitOfWork
from microshop.operations.view import read_only_view
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.read_only import ReadOnlySwitch
from microshop.scopes import OPERATE


@endpoint(requires=OPERATE, while_read_only=True)
def handler(request: Request) -> Response:
    body, switch = request.body(SwitchReadOnlyRequest), ReadOnlySwitch(redis())
    state = switch_read_only(request.require_caller(), body.reason, switch, OperationsUnitOfWork(database()))
    return ok(read_only_view(state, settings.integer("AUTHORIZER_TTL_SECONDS", 0)))
