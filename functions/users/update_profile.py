"""PATCH /api/v1/users/profile: change the caller's name or language."""

from microshop.http import CUSTOMER, Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.users.repository import UserRepository
from microshop.users.schemas import UpdateProfileRequest
from microshop.users.updating import update_profile
from microshop.users.view import user_view


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    body = request.body(UpdateProfileRequest)
    return ok(user_view(update_profile(request.require_caller(), body, UserRepository(database()))))
