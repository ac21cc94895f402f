"""Sends customers one mail per event."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Literal

from microshop.messaging.once import handle_once
from microshop.notifications import account_mails, order_mails
from microshop.notifications.greeting import greeting
from microshop.notifications.invitation_mail import INVITED, invitation_mail
from microshop.notifications.mail import Mail, Part, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.messaging.event import ReceivedEvent
    from microshop.messaging.once import Duplicate, Inbox
    from microshop.notifications.account_mails import Addressee, Recipients, Users
    from microshop.notifications.invitation_mail import FindInvitation
    from microshop.notifications.links import IssueLink, LinkTo

type Outcome = Literal["sent", "no such customer", "outdated", "no open invitation"]
type Send = Callable[[str, Mail], None]

# Event type → template. Each of these events has the recipient's user_id, or the id of an address or an invitation.
TEMPLATES = {**account_mails.TEMPLATES, **order_mails.TEMPLATES, INVITED: "staff_invitation"}
LINKS = account_mails.LINKS


def send_customer_mail(
    event: ReceivedEvent,
    *,
    claim_seconds: float,
    shop_name: str,
    inbox: Inbox,
    users: Users,
    recipients: Recipients,
    find_invitation: FindInvitation,
    issue_link: IssueLink,
    link_to: LinkTo,
    send: Send,
) -> Outcome | Duplicate:
    """Send the mail for `event`, unless it was sent before. Returns the outcome.

    Raises:
        ClaimedElsewhere: another execution is handling the event.
    """

    def write() -> Outcome:
        if event.type == INVITED:
            invitation = find_invitation(int(event.data["invitation_id"]))
            if invitation is None:
                return "no open invitation"
            send(invitation.email, invitation_mail(TEMPLATES[INVITED], invitation, shop_name, issue_link))
            return "sent"
        if event.type == account_mails.ERASED:
            return _tell_of_erasure(event, shop_name, recipients, send)
        to = account_mails.addressee(event.data, users, recipients)
        if to is None:
            return "no such customer"
        mail = _mail(event, to, shop_name, issue_link, link_to)
        if account_mails.is_outdated(event.data, to.user, users):
            return "outdated"
        send(to.email, mail)
        return "sent"

    def act() -> Outcome:
        outcome = write()
        if event.data.get("recipient_id") is not None:
            recipients.delete(int(event.data["recipient_id"]))
        return outcome

    return handle_once(event, claim_seconds=claim_seconds, inbox=inbox, act=act)


def _tell_of_erasure(event: ReceivedEvent, shop_name: str, recipients: Recipients, send: Send) -> Outcome:
    email = recipients.email_of(int(event.data["recipient_id"])) if event.data["recipient_id"] else None
    if email is None:
        return "no such customer"
    parts = {"greeting": Part("greeting")}  # nobody knows the name any more
    send(email, render(TEMPLATES[event.type], event.data["language"], {"shop": shop_name}, parts))
    return "sent"


def _mail(event: ReceivedEvent, to: Addressee, shop_name: str, issue_link: IssueLink, link_to: LinkTo) -> Mail:
    template, values = TEMPLATES[event.type], {"shop": shop_name}
    parts = {"greeting": greeting(to.user.username)}
    if event.type in order_mails.TEMPLATES:
        template = order_mails.template_of(event.type, event.data)
        values |= order_mails.order_values(event.data)
        parts |= order_mails.order_parts(event.type, event.data)
    if event.type == "NewDeviceLoggedIn":
        values |= {"device": str(event.data["device"]), "time": f"{event.time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"}
    if event.type in account_mails.PAGES:
        parts["link"] = link_to(account_mails.PAGES[event.type])
    if event.type == "ErasureRequested":
        values |= {"day": str(event.data["due_at"])[:10]}
    if event.type in LINKS:
        # The token exists from here on, so no event, outbox or dead letter contains it.
        parts["link"] = issue_link(LINKS[event.type], to.user.id, to.email)
    return render(template, to.user.language, values, parts)
