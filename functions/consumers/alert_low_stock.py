"""Mails the operator when a product's stock is low, and emits the metric of the alarm."""

from microshop.messaging.consumer import Delivery, consumer
from microshop.messaging.event import ReceivedEvent
from microshop.messaging.inbox import Inbox
from microshop.notifications.alerting import alert_operator
from microshop.notifications.mail import Mail
from microshop.notifications.ses import send_mail
from microshop.platform import observability, settings
from microshop.platform.mysql import database

_NAME = "alert_low_stock"
EVENTS = ("StockLow",)


@consumer(_NAME, EVENTS)
def handler(event: ReceivedEvent, delivery: Delivery) -> str:
    delivery.add_log_fields(**{name: event.data.get(name) for name in ("product_id", "sku", "stock", "threshold")})
    return alert_operator(
        event,
        claim_seconds=delivery.seconds_left,
        shop_name=settings.text("SHOP_NAME"),
        stage=settings.text("STAGE"),
        inbox=Inbox(database(), _NAME),
        report=lambda: _report(event.data["stock"]),
        send=_send,
    )


def _report(stock: int) -> None:
    # No dimension for the product: each product would be another custom metric. The log line names it.
    observability.gauge("product_stock_level", stock)


def _send(mail: Mail) -> None:
    send_mail(settings.text("MAIL_SENDER"), settings.text("OPERATOR_EMAIL"), mail)
