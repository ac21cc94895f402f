"""Which mail an event calls for, and sending it once."""

from collections.abc import Callable

from microshop.messaging.event import ReceivedEvent
from microshop.messaging.once import Inbox, once
from microshop.notifications import order_mails
from microshop.notifications.mail import Mail, render
from microshop.users.user import User

type FindUser = Callable[[int], User | None]
type Send = Callable[[str, Mail], None]

# Event type → template. Every event here carries the user_id of the customer who gets the mail.
TEMPLATES = {"UserRegistered": "welcome", **order_mails.TEMPLATES}


def send_customer_mail(
    event: ReceivedEvent, *, claim_seconds: float, shop_name: str, inbox: Inbox, find_user: FindUser, send: Send
) -> str:
    """Send the mail that `event` calls for, unless it was sent; what was done, in a word.

    Raises:
        BusyElsewhere: another execution is at it.
    """

    def act() -> str:
        user = find_user(int(event.data["user_id"]))
        if user is None:
            return "no such customer"
        send(user.email, _mail(event, user, shop_name))
        return "sent"

    return once(event, claim_seconds=claim_seconds, inbox=inbox, act=act)


def _mail(event: ReceivedEvent, user: User, shop_name: str) -> Mail:
    template, values = TEMPLATES[event.type], {"name": user.username, "shop": shop_name}
    if event.type not in order_mails.TEMPLATES:
        return render(template, user.language, values)
    parts = order_mails.order_parts(event.type, event.data)
    return render(template, user.language, {**values, **order_mails.order_values(event.data)}, parts)
