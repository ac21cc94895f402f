"""POST /api/v1/admin/staff-invitations: invite somebody to the staff, by mail."""

from microshop.http import Request, Response, created, endpoint
from microshop.platform.mysql import database
from microshop.scopes import MANAGE_STAFF
from microshop.staff_invitations.inviting import get_invitation, invite
from microshop.staff_invitations.queries import InvitationQueries
from microshop.staff_invitations.schemas import InviteMemberRequest
from microshop.staff_invitations.unit_of_work import InvitingUnitOfWork
from microshop.staff_invitations.view import invitation_view


@endpoint(requires=MANAGE_STAFF, fresh_second_factor=True, takes_key=True)
def handler(request: Request) -> Response:
    body = request.body(InviteMemberRequest)
    key = request.idempotency_key(body)
    invitation_id = invite(request.require_caller(), body, key, InvitingUnitOfWork(database()))
    invitation = get_invitation(invitation_id, InvitationQueries(database()))
    return created(
        invitation_view(invitation), location="/api/v1/admin/staff-invitations", log={"invitation_id": invitation_id}
    )
