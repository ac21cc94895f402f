"""The read-only switch: while it is on, the shop serves reads and refuses writes.

The switch is on while Redis has the key `read-only`: JSON with reason, operator and time. The key does not expire; an
operator turns the switch off.

The authorizer reads the key with the session (users/sessions.py), and http/endpoint.py refuses writes. Public endpoints
and schedules call `current_reason`. While Redis is down, the authorizer refuses all requests. The others continue as if
the switch were off, because payments must be processed without Redis too.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import Unavailable
from microshop.values import Value

if TYPE_CHECKING:
    from microshop.platform.redis import Redis

KEY = "read-only"


class ReadOnlyState(Value):
    """Why and since when the shop is read-only, and which operator decided it."""

    reason: str
    operator: str
    since: datetime


class ReadOnlySwitch:
    """Turns read-only mode on and off.

    Raises, from every method:
        Unavailable: Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def turn_on(self, reason: str, operator: str) -> None:
        """Refuse writes from now on. Replaces the reason if the switch is already on."""
        state = {"reason": reason, "operator": operator, "since": datetime.now(UTC).isoformat(timespec="seconds")}
        self._redis.command("SET", KEY, json.dumps(state))

    def turn_off(self) -> bool:
        """Allow writes again. Returns whether the switch was on."""
        return self._redis.command("DEL", KEY) == 1

    def state(self) -> ReadOnlyState | None:
        """Returns the state of the switch; None if it is off."""
        value = self._redis.command("GET", KEY)
        if not isinstance(value, bytes):
            return None
        state = json.loads(value)
        return ReadOnlyState(state["reason"], state["operator"], datetime.fromisoformat(state["since"]))


def reason_in(value: bytes) -> str:
    """Returns the reason in the value of the key."""
    return str(json.loads(value)["reason"])


def current_reason() -> str | None:
    """Returns the reason why the shop is read-only; None if it is not, or if Redis does not answer."""
    from microshop.platform import observability  # noqa: PLC0415 - loaded by functions that call this
    from microshop.platform.redis import redis  # noqa: PLC0415 - loaded by functions that call this

    try:
        state = ReadOnlySwitch(redis()).state()
    except Unavailable as error:
        observability.log().warning("read-only state unknown, continuing as if off", reason=str(error))
        return None
    return state.reason if state else None
