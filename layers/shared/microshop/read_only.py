"""The read-only switch: while an operator's reason stands in Redis, the shop answers questions and changes nothing.

`read-only`   JSON of reason, operator and time; no expiry: whoever turned it on turns it off

The authorizer reads it with the session (users/sessions.py), and the HTTP frame refuses what changes anything. Whoever
has no caller asks here. While Redis is away nobody with a caller gets past the authorizer; the others go on as if it
were off, for a payment must be taken in without Redis too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import Unavailable

if TYPE_CHECKING:
    from microshop.platform.redis import Redis

KEY = "read-only"


@dataclass(frozen=True)
class ReadOnlyState:
    """Why, by whom and since when the shop is read-only."""

    reason: str
    operator: str
    since: datetime


class Switch:
    """Turns it on and off.

    Raises, from every method:
        Unavailable: Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def turn_on(self, reason: str, operator: str) -> None:
        """From now on nothing changes; one that was on already has this reason then."""
        state = {"reason": reason, "operator": operator, "since": datetime.now(UTC).isoformat(timespec="seconds")}
        self._redis.command("SET", KEY, json.dumps(state))

    def turn_off(self) -> bool:
        """Changes go on at once; whether it was on."""
        return self._redis.command("DEL", KEY) == 1

    def state(self) -> ReadOnlyState | None:
        """None while it is off."""
        found = self._redis.command("GET", KEY)
        if not isinstance(found, bytes):
            return None
        state = json.loads(found)
        return ReadOnlyState(state["reason"], state["operator"], datetime.fromisoformat(state["since"]))


def reason_in(found: bytes) -> str:
    """The reason in the key's value."""
    return str(json.loads(found)["reason"])


def current_reason() -> str | None:
    """Why this execution environment's shop is read-only; None while it is not, or where Redis does not say."""
    from microshop.platform import observability  # noqa: PLC0415 - as is the next
    from microshop.platform.redis import redis  # noqa: PLC0415 - a function that never asks does not load its client

    try:
        state = Switch(redis()).state()
    except Unavailable as error:
        observability.log().warning("nobody says whether the shop is read-only", reason=str(error))
        return None
    return state.reason if state else None
