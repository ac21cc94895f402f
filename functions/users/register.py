"""POST /api/v1/users/register: register a customer."""

from microshop.http import Request, Response, created, endpoint
from microshop.http.language import preferred_language
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.users.registration import register
from microshop.users.schemas import RegisterRequest
from microshop.users.unit_of_work import UsersUnitOfWork
from microshop.users.user import LANGUAGES
from microshop.users.view import registered_view


@endpoint(per_client="registrations")
def handler(request: Request) -> Response:
    user_id = register(
        request.body(RegisterRequest),
        UsersUnitOfWork(database()),
        shop_name=settings.text("SHOP_NAME"),
        preferred=preferred_language(request.header("accept-language"), LANGUAGES),
    )
    return created(registered_view(user_id), location="/api/v1/users/profile")
