"""POST /api/v1/users/logout: end the session; its token stops working at once."""

from microshop.http import CUSTOMER, Request, Response, endpoint, no_content
from microshop.platform.redis import redis
from microshop.users.sessions import Sessions


@endpoint(requires=CUSTOMER, while_read_only=True)
def handler(request: Request) -> Response:
    caller = request.require_caller()
    Sessions(redis()).end(caller.user_id, caller.session)
    return no_content()
