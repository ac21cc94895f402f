"""Which mail an event calls for, and sending it once."""

from collections.abc import Callable
from typing import Protocol

from microshop.messaging.event import Claim, ReceivedEvent
from microshop.notifications.mail import Mail, render
from microshop.users.user import User


class BusyElsewhere(Exception):
    """Another execution is sending this mail; the queue delivers the event again, in case that one fails."""


class UnknownEvent(Exception):
    """An event that no mail is planned for: a rule sends what this consumer does not know."""


class Inbox(Protocol):
    """Who has seen which event."""

    def claim(self, event_id: str, seconds: float) -> Claim: ...
    def done(self, event_id: str) -> None: ...
    def release(self, event_id: str) -> None: ...


type FindUser = Callable[[int], User | None]
type Send = Callable[[str, Mail], None]

# Event type → template. Every event here carries the user_id of the customer who gets the mail.
TEMPLATES = {"UserRegistered": "welcome"}


def send_customer_mail(
    event: ReceivedEvent, *, claim_seconds: float, shop_name: str, inbox: Inbox, find_user: FindUser, send: Send
) -> str:
    """Send the mail that `event` calls for, unless it was sent; what was done, in a word.

    Raises:
        UnknownEvent: no mail belongs to it.
        BusyElsewhere: another execution is at it.
    """
    if event.type not in TEMPLATES:
        raise UnknownEvent(event.type)
    match inbox.claim(event.id, claim_seconds):
        case Claim.DONE:
            return "duplicate"
        case Claim.OTHERS:
            raise BusyElsewhere(event.id)
        case Claim.MINE:
            pass
    try:
        user = find_user(int(event.data["user_id"]))
        if user is not None:
            send(user.email, render(TEMPLATES[event.type], user.language, {"name": user.username, "shop": shop_name}))
    except Exception:
        inbox.release(event.id)
        raise
    inbox.done(event.id)
    return "sent" if user else "no such customer"
