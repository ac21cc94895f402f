"""Acts once per event if the effect is outside the database and cannot share a transaction with its record.

The event is claimed, handled and marked done; messaging/inbox.py describes the effect of a crash in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from microshop.messaging.event import Claim

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.messaging.event import ReceivedEvent

type Duplicate = Literal["duplicate"]


class BusyElsewhere(Exception):
    """Another execution is handling this event; the queue will redeliver it."""


class Inbox(Protocol):
    """Records which consumer has handled which event; unit tests have a fake."""

    def claim(self, event_id: str, seconds: float) -> Claim: ...
    def done(self, event_id: str) -> None: ...
    def release(self, event_id: str) -> None: ...


def once[Outcome: str](
    event: ReceivedEvent, *, claim_seconds: float, inbox: Inbox, act: Callable[[], Outcome]
) -> Outcome | Duplicate:
    """Return the outcome of `act`, or "duplicate" if the event was handled before.

    An error of `act` releases the event, so that the next delivery need not wait for the claim to end.

    Raises:
        BusyElsewhere: another execution is handling the event.
        any error of `act`.
    """
    match inbox.claim(event.id, claim_seconds):
        case Claim.DONE:
            return "duplicate"
        case Claim.OTHERS:
            raise BusyElsewhere(event.id)
        case Claim.MINE:
            pass
    try:
        outcome = act()
    except Exception:
        inbox.release(event.id)
        raise
    inbox.done(event.id)
    return outcome
