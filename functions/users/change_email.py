"""POST /api/v1/users/email-change/confirm: change the address of an account with the link of a mail."""

from microshop.http import Request, Response, endpoint, no_content
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users.account_unit_of_work import AccountUnitOfWork
from microshop.users.email_change import change_email
from microshop.users.schemas import UseLinkRequest
from microshop.users.sessions import Sessions


@endpoint(per_client="links")
def handler(request: Request) -> Response:
    change_email(request.body(UseLinkRequest).token, Sessions(redis()), AccountUnitOfWork(database()))
    return no_content()
