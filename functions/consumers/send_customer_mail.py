"""Sends the mail that an event calls for."""

from microshop.messaging.consumer import Delivery, consumer
from microshop.messaging.event import ReceivedEvent
from microshop.messaging.inbox import Inbox
from microshop.notifications import service
from microshop.notifications.mail import Mail
from microshop.notifications.ses import send_mail
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.users.repository import UserRepository

_NAME = "send_customer_mail"
EVENTS = service.TEMPLATES.keys()


@consumer(_NAME, EVENTS)
def handler(event: ReceivedEvent, delivery: Delivery) -> str:
    return service.send_customer_mail(
        event,
        claim_seconds=delivery.seconds_left,
        shop_name=settings.text("SHOP_NAME"),
        inbox=Inbox(database(), _NAME),
        find_user=UserRepository(database()).by_id,
        send=_send,
    )


def _send(recipient: str, mail: Mail) -> None:
    send_mail(settings.text("MAIL_SENDER"), recipient, mail)
