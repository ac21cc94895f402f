"""POST /api/v1/admin/staff-invitations/accept: become a member of the staff, with the link of a mail."""

from microshop.http import Request, Response, endpoint, ok
from microshop.http.client import client_of
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.staff_invitations.accepting import accept_invitation
from microshop.staff_invitations.accepting_unit_of_work import AcceptingUnitOfWork
from microshop.staff_invitations.schemas import AcceptInvitationRequest
from microshop.staff_invitations.view import accepted_view
from microshop.users.login_attempts import LoginAttempts
from microshop.users.sessions import Sessions


@endpoint(per_client="links")
def handler(request: Request) -> Response:
    user_id = accept_invitation(
        request.body(AcceptInvitationRequest),
        request_id=request.id,
        shop_name=settings.text("SHOP_NAME"),
        sessions=Sessions(redis()),
        attempts=LoginAttempts(redis(), client_of(request)),
        uow=AcceptingUnitOfWork(database(), redis()),
    )
    return ok(accepted_view(user_id))
