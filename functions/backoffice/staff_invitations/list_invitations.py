"""GET /api/v1/admin/staff-invitations: the open invitations."""

from microshop.http import Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.scopes import MANAGE_STAFF
from microshop.staff_invitations.queries import InvitationQueries
from microshop.staff_invitations.view import invitation_list_view


@endpoint(requires=MANAGE_STAFF)
def handler(_request: Request) -> Response:
    return ok(invitation_list_view(InvitationQueries(database()).newest_open()))
