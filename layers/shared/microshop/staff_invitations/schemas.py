"""Request bodies of invitations."""

from typing import Annotated

from pydantic import Field

from microshop.schemas import RequestModel
from microshop.staff.schemas import RoleId
from microshop.users.schemas import Email, ExistingPassword, Username
from microshop.users.user import DEFAULT_LANGUAGE, Language

_MAX_ROLES = 20  # of one account


class InviteMemberRequest(RequestModel):
    """POST /admin/staff-invitations."""

    email: Email
    role_ids: Annotated[list[RoleId], Field(min_length=1, max_length=_MAX_ROLES)]
    language: Language = DEFAULT_LANGUAGE


class AcceptInvitationRequest(RequestModel):
    """POST /admin/staff-invitations/accept.

    The token is that of a link (mail_links/link.py), or what somebody pasted instead. The password is that of the
    account, or for a new one the chosen password.
    """

    token: Annotated[str, Field(min_length=1, max_length=128)]
    password: ExistingPassword
    username: Username | None = None
