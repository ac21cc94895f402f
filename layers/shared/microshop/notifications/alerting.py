"""Sends the operator one mail per event."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Literal

from microshop.messaging.once import handle_once
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
    zone: tzinfo = UTC,
    inbox: Inbox,
    report: Callable[[], None] = lambda: None,
    send: Send,
) -> Outcome | Duplicate:
    """Emit the metric of `event` and send its mail, unless the event was handled before. Times are in `zone`.

    Returns the outcome.

    Raises:
        ClaimedElsewhere: another execution is handling the event.
    """
    values = {name: "-" if value is None else str(value) for name, value in event.data.items()}
    if "dispute_amount_minor" in event.data:
        currency = event.data["dispute_currency"]
        values["amount"] = f"{to_decimal(int(event.data['dispute_amount_minor']), currency)} {currency}"
    if event.data.get("respond_by"):
        values["respond_by"] = _in_zone(event.data["respond_by"], zone)

    def act() -> Outcome:
        report()  # before the mail, so that the alarm does not depend on it; a retry reports the level again
        send(render(TEMPLATES[event.type], _LANGUAGE, {**values, "shop": shop_name, "stage": stage}))
        return "sent"

    return handle_once(event, claim_seconds=claim_seconds, inbox=inbox, act=act)


def _in_zone(time: str, zone: tzinfo) -> str:
    return f"{datetime.fromisoformat(time).astimezone(zone):%Y-%m-%d %H:%M} ({zone})"
