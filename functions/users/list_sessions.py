"""GET /api/v1/users/sessions: where the caller is logged in."""

from microshop.http import CUSTOMER, Request, Response, endpoint, ok
from microshop.platform.redis import redis
from microshop.users.device_repository import Devices
from microshop.users.session_view import session_list


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    caller = request.require_caller()
    return ok(session_list(Devices(redis()).sessions(caller.user_id), current=caller.session))
