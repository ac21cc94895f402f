"""DELETE /api/v1/users/sessions/{id}: end one of the caller's sessions; its token stops working at once."""

from microshop.http import CUSTOMER, Request, Response, endpoint, no_content
from microshop.platform.redis import redis
from microshop.users.device_repository import Devices
from microshop.users.session_managing import end_session
from microshop.users.sessions import Sessions


@endpoint(requires=CUSTOMER, while_read_only=True)
def handler(request: Request) -> Response:
    end_session(request.require_caller(), request.path_id("id"), Sessions(redis()), Devices(redis()))
    return no_content()
