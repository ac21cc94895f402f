"""Invitations as the back office shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from collections.abc import Mapping, Sequence
    from typing import TypedDict

    from microshop.staff.view import MemberRole
    from microshop.staff_invitations.invitation import ListedInvitation
    from microshop.users.user import Language
    from microshop.view_types import Id, Timestamp

    class Inviter(TypedDict):
        """The member of staff who has invited somebody."""

        user_id: Id
        username: str

    class StaffInvitation(TypedDict):
        """An invitation to the staff."""

        id: Id
        email: str
        roles: list[MemberRole]
        language: Language
        invited_by: Inviter
        created_at: Timestamp
        expires_at: Timestamp

    class StaffInvitationList(TypedDict):
        """The open invitations."""

        items: list[StaffInvitation]

    class InvitationAccepted(TypedDict):
        """The account that is a member of the staff now."""

        message: str
        id: Id
        user_id: Id

    class InvitationReference(TypedDict):
        """The result that is stored under an idempotency key."""

        invitation_id: Id


def invitation_view(invitation: ListedInvitation) -> StaffInvitation:
    """Returns an invitation."""
    return {
        "id": invitation.id,
        "email": invitation.email,
        "roles": [{"id": role.id, "name": role.name} for role in invitation.roles],
        "language": invitation.language,
        "invited_by": {"user_id": invitation.invited_by, "username": invitation.inviter},
        "created_at": invitation.created_at.isoformat(),
        "expires_at": invitation.expires_at.isoformat(),
    }


def invitation_list_view(invitations: Sequence[ListedInvitation]) -> StaffInvitationList:
    """Returns the open invitations."""
    return {"items": [invitation_view(invitation) for invitation in invitations]}


def accepted_view(user_id: int) -> InvitationAccepted:
    """Returns the response to an acceptance."""
    return {"message": "invitation accepted; log in", "id": user_id, "user_id": user_id}


def reference_view(invitation_id: int) -> InvitationReference:
    """Returns what is stored under an idempotency key."""
    return {"invitation_id": invitation_id}


def parse_reference(stored: Mapping[str, Any]) -> int:
    """Returns the id of an invitation from its stored reference: the inverse of `reference_view`."""
    return int(stored["invitation_id"])
