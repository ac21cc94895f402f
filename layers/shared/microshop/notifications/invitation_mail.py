"""The mail to a person who is invited to the staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.mail_links.link import Purpose
from microshop.notifications.mail import Mail, Part, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.notifications.links import IssueLink
    from microshop.staff_invitations.invitation import Invitation

    type FindInvitation = Callable[[int], Invitation | None]

# The type of the event.
INVITED = "StaffInvited"


def invitation_mail(template: str, invitation: Invitation, shop_name: str, issue_link: IssueLink) -> Mail:
    """Returns the mail with a new link. It greets nobody by name, because the shop does not know the person."""
    link = issue_link(Purpose.STAFF_INVITATION, invitation.id, invitation.email)
    return render(template, invitation.language, {"shop": shop_name}, {"greeting": Part("greeting"), "link": link})
