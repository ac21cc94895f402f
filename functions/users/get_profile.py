"""GET /api/v1/users/profile: the caller's account."""

from microshop.http import CUSTOMER, Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.users.reading import get_profile
from microshop.users.repository import UserRepository
from microshop.users.view import user_view


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    return ok(user_view(get_profile(request.require_caller(), UserRepository(database()))))
