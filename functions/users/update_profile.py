"""PATCH /api/v1/users/profile: change the caller's name or language."""

from microshop.http import CUSTOMER, Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.users import service
from microshop.users.repository import UserRepository
from microshop.users.schemas import UpdateProfileRequest
from microshop.users.user import user_view


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    changes = request.body(UpdateProfileRequest)
    user = service.update_profile(
        request.logged_in(), username=changes.username, language=changes.language, users=UserRepository(database())
    )
    return ok(user_view(user))
