"""An invitation to the staff."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from microshop.mail_links.link import LIFETIME, Purpose
from microshop.values import Value

if TYPE_CHECKING:
    from datetime import datetime

    from microshop.staff.staff_list import ListedRole
    from microshop.users.user import Language

PURPOSE = Purpose.STAFF_INVITATION
# As long as its link, which the mail a moment later brings.
INVITATION_LIFETIME = LIFETIME[PURPOSE]
# How long an address is kept after the end of its invitation, so that staff can look into what happened.
KEPT_AFTER_EXPIRY = timedelta(days=30)


class Invitation(Value):
    """An open invitation: nobody has accepted or revoked it, and it has not expired."""

    id: int
    email: str
    invited_by: int
    language: Language
    role_ids: frozenset[int]


class ListedInvitation(Value):
    """An invitation as staff see it; `inviter` is the name of the member of staff who made it."""

    id: int
    email: str
    invited_by: int
    inviter: str
    language: Language
    created_at: datetime
    expires_at: datetime
    roles: tuple[ListedRole, ...]
