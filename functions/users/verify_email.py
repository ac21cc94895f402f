"""POST /api/v1/users/email-verification/confirm: verify an address with the link of a mail."""

from microshop.http import Request, Response, endpoint, ok
from microshop.mail_links.repository import MailLinks
from microshop.platform.mysql import database
from microshop.users.email_verification import verify_email
from microshop.users.repository import UserRepository
from microshop.users.schemas import UseLinkRequest
from microshop.users.view import verification_view


@endpoint(per_client="links")
def handler(request: Request) -> Response:
    token = request.body(UseLinkRequest).token
    return ok(verification_view(verify_email(token, MailLinks(database()), UserRepository(database()))))
