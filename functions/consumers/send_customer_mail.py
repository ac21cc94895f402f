"""Sends customers the mail for an event."""

from microshop.messaging.consumer import Delivery, consumer
from microshop.messaging.event import ReceivedEvent
from microshop.messaging.inbox import Inbox
from microshop.notifications.mail import Mail
from microshop.notifications.mailing import TEMPLATES, send_customer_mail
from microshop.notifications.ses import send_mail
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.users.repository import UserRepository

_NAME = "send_customer_mail"
EVENTS = TEMPLATES.keys()


@consumer(_NAME, EVENTS)
def handler(event: ReceivedEvent, delivery: Delivery) -> str:
    return send_customer_mail(
        event,
        claim_seconds=delivery.seconds_left,
        shop_name=settings.text("SHOP_NAME"),
        inbox=Inbox(database(), _NAME),
        find_user=UserRepository(database()).by_id,
        send=_send,
    )


def _send(recipient: str, mail: Mail) -> None:
    send_mail(settings.text("MAIL_SENDER"), recipient, mail)
