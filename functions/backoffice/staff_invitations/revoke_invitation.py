"""DELETE /api/v1/admin/staff-invitations/{id}: revoke an open invitation; its links end."""

from microshop.http import Request, Response, endpoint, no_content
from microshop.platform.mysql import database
from microshop.scopes import MANAGE_STAFF
from microshop.staff_invitations.inviting import revoke_invitation
from microshop.staff_invitations.unit_of_work import InvitingUnitOfWork


@endpoint(requires=MANAGE_STAFF, fresh_second_factor=True)
def handler(request: Request) -> Response:
    revoke_invitation(request.require_caller(), request.path_id("id"), InvitingUnitOfWork(database()))
    return no_content()
