"""Sends customers one mail per event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from microshop.messaging.once import handle_once
from microshop.notifications import order_mails
from microshop.notifications.greeting import greeting
from microshop.notifications.mail import Mail, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.messaging.event import ReceivedEvent
    from microshop.messaging.once import Duplicate, Inbox
    from microshop.users.user import User

type Outcome = Literal["sent", "no such customer"]
type FindUser = Callable[[int], User | None]
type Send = Callable[[str, Mail], None]

# Event type → template. Each of these events has the recipient's user_id.
TEMPLATES = {"UserRegistered": "welcome", **order_mails.TEMPLATES}


def send_customer_mail(
    event: ReceivedEvent, *, claim_seconds: float, shop_name: str, inbox: Inbox, find_user: FindUser, send: Send
) -> Outcome | Duplicate:
    """Send the mail for `event`, unless it was sent before. Returns the outcome.

    Raises:
        ClaimedElsewhere: another execution is handling the event.
    """

    def act() -> Outcome:
        user = find_user(int(event.data["user_id"]))
        if user is None:
            return "no such customer"
        send(user.email, _mail(event, user, shop_name))
        return "sent"

    return handle_once(event, claim_seconds=claim_seconds, inbox=inbox, act=act)


def _mail(event: ReceivedEvent, user: User, shop_name: str) -> Mail:
    template, values = TEMPLATES[event.type], {"shop": shop_name}
    parts = {"greeting": greeting(user.username)}
    if event.type in order_mails.TEMPLATES:
        template = order_mails.template_of(event.type, event.data)
        values |= order_mails.order_values(event.data)
        parts |= order_mails.order_parts(event.type, event.data)
    return render(template, user.language, values, parts)
