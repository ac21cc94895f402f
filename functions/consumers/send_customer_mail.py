"""Sends customers the mail for an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.mail_links.recipient_repository import MailRecipients
from microshop.messaging.consumer import Delivery, consumer
from microshop.messaging.inbox import Inbox
from microshop.notifications.mailing import TEMPLATES, send_customer_mail
from microshop.notifications.ses import send_mail
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.users.repository import UserRepository

if TYPE_CHECKING:
    from microshop.mail_links.link import Purpose
    from microshop.messaging.event import ReceivedEvent
    from microshop.notifications.mail import Mail, Part
    from microshop.staff_invitations.invitation import Invitation

_NAME = "send_customer_mail"
EVENTS = TEMPLATES.keys()


@consumer(_NAME, EVENTS)
def handler(event: ReceivedEvent, delivery: Delivery) -> str:
    return send_customer_mail(
        event,
        claim_seconds=delivery.seconds_left,
        shop_name=settings.text("SHOP_NAME"),
        inbox=Inbox(database(), _NAME),
        users=UserRepository(database()),
        recipients=MailRecipients(database()),
        find_invitation=_find_invitation,
        issue_link=_issue_link,
        link_to=_link_to,
        send=_send,
    )


def _find_invitation(invitation_id: int) -> Invitation | None:
    from microshop.staff_invitations.repository import InvitationRepository  # noqa: PLC0415 - few mails invite

    return InvitationRepository(database()).find_open(invitation_id)


def _issue_link(purpose: Purpose, subject_id: int, email: str) -> Part:
    from microshop.mail_links.repository import MailLinks  # noqa: PLC0415 - few mails have a link
    from microshop.notifications.links import link_part  # noqa: PLC0415

    token = MailLinks(database()).issue(purpose, subject_id, email)
    return link_part(settings.text("STOREFRONT_URL"), purpose, token)


def _link_to(page: str) -> Part:
    from microshop.notifications.links import page_part  # noqa: PLC0415 - few mails have a link

    return page_part(settings.text("STOREFRONT_URL"), page)


def _send(recipient: str, mail: Mail) -> None:
    send_mail(settings.text("MAIL_SENDER"), recipient, mail)
