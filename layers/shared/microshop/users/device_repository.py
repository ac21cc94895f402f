"""Devices in Redis: from which one each session was opened, and which ones an account has used.

`session-info:<hash>`        Unix time of the login and the device's name; expires with the session
`known-devices:<user id>`    sorted set of the names of an account's devices by the Unix time of their last login

If Redis loses them, sessions are listed without a device, and the next login of each account learns its device again
without a mail.
"""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, cast

from microshop.users.device import UNKNOWN_DEVICE
from microshop.values import Value

if TYPE_CHECKING:
    from microshop.platform.redis import Redis

_MAX_DEVICES = 50  # of an account; the one that was not used for the longest time is forgotten
_REMEMBERED_SECONDS = 400 * 86_400  # a customer who buys once a year is not warned each time

# KEYS: the session's information, the account's devices. ARGV: information, lifetime, device.
# Returns 1 if the account has used others but not this one.
_RECORD = """
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
if redis.call('ZCARD', KEYS[2]) == 0 or redis.call('ZSCORE', KEYS[2], ARGV[3]) then return 0 end
return 1
"""
# KEYS: the account's devices. ARGV: device, Unix time, lifetime, limit.
_REMEMBER = """
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
local over = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[4])
if over > 0 then
  for _, oldest in ipairs(redis.call('ZRANGE', KEYS[1], 0, over - 1)) do redis.call('ZREM', KEYS[1], oldest) end
end
"""
# KEYS: the user's set of sessions. ARGV: Unix time. Returns hash, expiry, seconds since the last request, information.
# The authorizer reads `session:<hash>` with each request, so Redis itself knows when it was last used. Reading the key
# here would count as a use.
_LIST = """
local found = {}
local sessions = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 1, #sessions, 2 do
  if tonumber(sessions[i + 1]) > tonumber(ARGV[1]) then
    local idle = redis.call('OBJECT', 'IDLETIME', 'session:' .. sessions[i])
    local info = redis.call('GET', 'session-info:' .. sessions[i])
    if idle then found[#found + 1] = {sessions[i], tonumber(sessions[i + 1]), idle, info or ''} end
  end
end
return found
"""


class OpenSession(Value):
    """A session as its owner sees it. Times are in Unix seconds; `opened_at` is None if Redis has lost it."""

    id: int
    hash: str
    device: str
    opened_at: int | None
    last_seen_at: int
    expires_at: int


class Devices:
    """Records and lists the devices of sessions.

    Raises, from every method:
        Unavailable: Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def record(self, user_id: int, session: str, device: str, lifetime_seconds: int) -> bool:
        """Record the device of a new session. Returns True if the account has used others so far, but not this one."""
        info = f"{int(time.time())} {device}"
        return bool(
            self._redis.command("EVAL", _RECORD, 2, _info(session), _known(user_id), info, lifetime_seconds, device)
        )

    def remember(self, user_id: int, device: str) -> None:
        """Add a device to those that the account has used."""
        now = int(time.time())
        self._redis.command("EVAL", _REMEMBER, 1, _known(user_id), device, now, _REMEMBERED_SECONDS, _MAX_DEVICES)

    def forget(self, user_id: int) -> None:
        """Forget an account's devices, and those of its open sessions."""
        hashes = cast("list[bytes]", self._redis.command("ZRANGE", f"sessions-of:{user_id}", 0, -1))
        self._redis.command("DEL", _known(user_id), *(_info(each.decode()) for each in hashes))

    def sessions(self, user_id: int) -> list[OpenSession]:
        """Returns the sessions of an account; the one that was used last comes first."""
        now = int(time.time())
        found = cast(
            "list[tuple[bytes, int, int, bytes]]",
            self._redis.command("EVAL", _LIST, 1, f"sessions-of:{user_id}", now),
        )
        sessions = [_open_session(now, *each) for each in found]
        return sorted(sessions, key=lambda session: (-session.last_seen_at, session.id))

    def known(self, user_id: int) -> dict[str, int]:
        """Returns the devices that an account has used, each with the Unix time of its last login."""
        found = cast("list[bytes]", self._redis.command("ZRANGE", _known(user_id), 0, -1, "WITHSCORES"))
        return {device.decode(): int(float(at)) for device, at in itertools.batched(found, 2, strict=True)}


def session_id(hashed: str) -> int:
    """Returns the number by which the API names a session: 52 bits of its hash, which JavaScript can represent."""
    return int(hashed[:13], 16)


def _open_session(now: int, hashed: bytes, expires_at: int, idle_seconds: int, info: bytes) -> OpenSession:
    opened, _, device = info.decode().partition(" ")
    return OpenSession(
        id=session_id(hashed.decode()),
        hash=hashed.decode(),
        device=device or UNKNOWN_DEVICE,
        opened_at=int(opened) if opened else None,
        last_seen_at=now - idle_seconds,
        expires_at=expires_at,
    )


def _info(session: str) -> str:
    return f"session-info:{session}"


def _known(user_id: int) -> str:
    return f"known-devices:{user_id}"
