"""Handles an event once, although its effect is outside the database and cannot share a transaction with its record.

The event is claimed, handled and marked done. messaging/inbox.py describes the result of a crash in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from microshop.messaging.event import Claim

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.messaging.event import ReceivedEvent

type Duplicate = Literal["duplicate"]


class ClaimedElsewhere(Exception):
    """Another execution is handling this event; the queue will redeliver it."""


class Inbox(Protocol):
    """One consumer's record of events (inbox.py); unit tests have a fake."""

    def claim(self, event_id: str, seconds: float) -> Claim: ...
    def mark_done(self, event_id: str) -> None: ...
    def release(self, event_id: str) -> None: ...


def handle_once[Outcome: str](
    event: ReceivedEvent, *, claim_seconds: float, inbox: Inbox, act: Callable[[], Outcome]
) -> Outcome | Duplicate:
    """Run `act` and return its outcome, or return "duplicate" if the event was handled before.

    An error of `act` releases the claim, so that the next delivery need not wait until it expires.

    Raises:
        ClaimedElsewhere: another execution is handling the event.
        any error of `act`.
    """
    match inbox.claim(event.id, claim_seconds):
        case Claim.DONE:
            return "duplicate"
        case Claim.BUSY:
            raise ClaimedElsewhere(event.id)
        case Claim.GRANTED:
            pass
    try:
        outcome = act()
    except Exception:
        inbox.release(event.id)
        raise
    inbox.mark_done(event.id)
    return outcome
