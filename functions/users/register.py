"""POST /api/v1/users/register: make a customer's account."""

from microshop.http import Request, Response, created, endpoint
from microshop.platform.mysql import database
from microshop.users import service
from microshop.users.repository import UsersUnitOfWork
from microshop.users.schemas import RegisterRequest


@endpoint()
def handler(request: Request) -> Response:
    wanted = request.body(RegisterRequest)
    user_id = service.register(
        username=wanted.username,
        email=wanted.email,
        password=wanted.password,
        language=wanted.language,
        transaction=UsersUnitOfWork(database()),
    )
    return created({"message": "user registered successfully", "user_id": user_id}, location="/api/v1/users/profile")
