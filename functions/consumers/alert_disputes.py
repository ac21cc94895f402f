"""Mails the operator when a payment is disputed and when a dispute is closed."""

from microshop.messaging.consumer import Delivery, consumer
from microshop.messaging.event import ReceivedEvent
from microshop.messaging.inbox import Inbox
from microshop.notifications.alerting import alert_operator
from microshop.notifications.mail import Mail
from microshop.notifications.ses import send_mail
from microshop.platform import settings
from microshop.platform.mysql import database

_NAME = "alert_disputes"
EVENTS = ("OrderDisputed", "OrderDisputeClosed")


@consumer(_NAME, EVENTS)
def handler(event: ReceivedEvent, delivery: Delivery) -> str:
    delivery.add_log_fields(
        **{name: event.data.get(name) for name in ("order_id", "dispute_reference", "dispute_status")}
    )
    return alert_operator(
        event,
        claim_seconds=delivery.seconds_left,
        shop_name=settings.text("SHOP_NAME"),
        stage=settings.text("STAGE"),
        zone=settings.shop_time_zone(),
        inbox=Inbox(database(), _NAME),
        send=_send,
    )


def _send(mail: Mail) -> None:
    send_mail(settings.text("MAIL_SENDER"), settings.text("OPERATOR_EMAIL"), mail)
