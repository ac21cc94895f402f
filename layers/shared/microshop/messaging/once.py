"""Acting once for each event, where the effect lies outside the database and shares no transaction with its record.

The event is claimed, acted on and marked done; messaging/inbox.py says what a crash in between may do.
"""

from collections.abc import Callable
from typing import Protocol

from microshop.messaging.event import Claim, ReceivedEvent

DUPLICATE = "duplicate"


class BusyElsewhere(Exception):
    """Another execution is at this event; the queue delivers it again, in case that one fails."""


class Inbox(Protocol):
    """Who has seen which event."""

    def claim(self, event_id: str, seconds: float) -> Claim: ...
    def done(self, event_id: str) -> None: ...
    def release(self, event_id: str) -> None: ...


def once(event: ReceivedEvent, *, claim_seconds: float, inbox: Inbox, act: Callable[[], str]) -> str:
    """What `act` says that it did, or "duplicate" where that was done before.

    What `act` raises releases the event, so that the next delivery need not wait for the claim to end.

    Raises:
        BusyElsewhere: another execution is at it.
        whatever `act` raises.
    """
    match inbox.claim(event.id, claim_seconds):
        case Claim.DONE:
            return DUPLICATE
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
