"""GET /api/v1/users/profile: the caller's account."""

from microshop.http import CUSTOMER, Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.users import service
from microshop.users.repository import UserRepository
from microshop.users.user import user_view


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    return ok(user_view(service.profile(request.logged_in(), UserRepository(database()))))
