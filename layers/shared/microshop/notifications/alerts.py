"""Which mail to the operator an event calls for, and sending it once."""

from collections.abc import Callable

from microshop.messaging.event import ReceivedEvent
from microshop.messaging.once import Inbox, once
from microshop.notifications.mail import Mail, render

type Send = Callable[[Mail], None]

# Event type → template.
TEMPLATES = {"StockLow": "low_stock"}
_LANGUAGE = "en"


def alert_operator(
    event: ReceivedEvent,
    *,
    claim_seconds: float,
    shop_name: str,
    stage: str,
    inbox: Inbox,
    report: Callable[[], None],
    send: Send,
) -> str:
    """Report what `event` tells and send the mail that it calls for, unless that was done; what was done, in a word.

    Raises:
        BusyElsewhere: another execution is at it.
    """
    values = {name: str(value) for name, value in event.data.items()}

    def act() -> str:
        report()  # first: the alarm on the metric must not depend on the mail, and a level told twice is the same level
        send(render(TEMPLATES[event.type], _LANGUAGE, {**values, "shop": shop_name, "stage": stage}))
        return "sent"

    return once(event, claim_seconds=claim_seconds, inbox=inbox, act=act)
