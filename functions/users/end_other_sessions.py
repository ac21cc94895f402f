"""DELETE /api/v1/users/sessions: end all of the caller's sessions but this one."""

from microshop.http import CUSTOMER, Request, Response, endpoint, no_content
from microshop.platform.redis import redis
from microshop.users.session_managing import end_other_sessions
from microshop.users.sessions import Sessions


@endpoint(requires=CUSTOMER, while_read_only=True)
def handler(request: Request) -> Response:
    end_other_sessions(request.require_caller(), Sessions(redis()))
    return no_content()
