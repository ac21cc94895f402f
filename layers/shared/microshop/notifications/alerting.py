"""Sends the operator the mail for an event, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from microshop.messaging.once import once
from microshop.money import to_decimal
from microshop.notifications.mail import Mail, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.messaging.event import ReceivedEvent
    from microshop.messaging.once import Duplicate, Inbox

type Outcome = Literal["sent"]
type Send = Callable[[Mail], None]

# Event type → template.
TEMPLATES = {
    "StockLow": "low_stock",
    "OrderDisputed": "order_disputed",
    "OrderDisputeClosed": "order_dispute_closed",
}
_LANGUAGE = "en"


def alert_operator(
    event: ReceivedEvent,
    *,
    claim_seconds: float,
    shop_name: str,
    stage: str,
    inbox: Inbox,
    report: Callable[[], None] = lambda: None,
    send: Send,
) -> Outcome | Duplicate:
    """Emit the metric of `event` and send its mail, unless that was done before. Returns the outcome.

    Raises:
        BusyElsewhere: another execution is handling the event.
    """
    values = {name: "-" if value is None else str(value) for name, value in event.data.items()}
    if "dispute_amount_minor" in event.data:
        currency = event.data["dispute_currency"]
        values["amount"] = f"{to_decimal(int(event.data['dispute_amount_minor']), currency)} {currency}"

    def act() -> Outcome:
        report()  # first: the alarm must not depend on the mail, and a level may be reported twice
        send(render(TEMPLATES[event.type], _LANGUAGE, {**values, "shop": shop_name, "stage": stage}))
        return "sent"

    return once(event, claim_seconds=claim_seconds, inbox=inbox, act=act)
