"""Sessions in Redis: a token of 256 random bits, stored only as its hash, with the user's id, role and a fixed expiry.

`session:<hash>`          JSON of user id and role; gone at its expiry
`sessions-of:<user id>`   sorted set of the user's hashes by expiry, so that all of them can be ended
"""

import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from microshop import read_only
from microshop.caller import Caller, Role
from microshop.platform.redis import Redis
from microshop.users import presence

# SCAN reads so many keys of any kind per call and returns those that match.
_KEYS_AT_ONCE = 1000
# KEYS: session, presence, read-only switch. ARGV: Unix time. Returns the session and the switch, and records presence.
# A Redis that is full or a replica refuses writes: pcall ignores that, so that users still get in.
_FIND = """
local session = redis.call('GET', KEYS[1])
if not session then return false end
redis.pcall('ZADD', KEYS[2], ARGV[1], cjson.decode(session).user_id)
return {session, redis.call('GET', KEYS[3])}
"""


@dataclass(frozen=True)
class OpenedSession:
    """A new session. The token is in the clear only here."""

    token: str
    hash: str
    expires_in_seconds: int


class Sessions:
    """Opens, finds and ends sessions.

    Raises, from every method:
        Unavailable: Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def open(self, user_id: int, role: Role, lifetime_seconds: int) -> OpenedSession:
        """Start a session that ends after `lifetime_seconds`, however much it is used."""
        token = secrets.token_urlsafe(32)
        hashed, index = hash_token(token), _index_of(user_id)
        now = int(time.time())
        self._redis.pipeline(
            ("MULTI",),
            ("SET", _key(hashed), json.dumps({"user_id": user_id, "role": role}), "EX", lifetime_seconds),
            ("ZREMRANGEBYSCORE", index, "-inf", now),
            ("ZADD", index, now + lifetime_seconds, hashed),
            # Never earlier than a session that is longer, from before an operator shortened them (NX: GT alone takes
            # a key that has no expiry yet for one that never ends).
            ("EXPIRE", index, lifetime_seconds, "NX"),
            ("EXPIRE", index, lifetime_seconds, "GT"),
            ("EXEC",),
        )
        return OpenedSession(token, hashed, lifetime_seconds)

    def find(self, token: str) -> Caller | None:
        """Return the token's owner, and whether the shop is read-only (read_only.py).

        The same round trip records the owner's presence (users/presence.py).
        """
        hashed, now = hash_token(token), int(time.time())
        found = self._redis.command("EVAL", _FIND, 3, _key(hashed), presence.KEY, read_only.KEY, now)
        if not isinstance(found, list):
            return None
        kept, switch = found
        session = json.loads(cast("bytes", kept))
        reason = read_only.reason_in(switch) if isinstance(switch, bytes) else None
        return Caller(session["user_id"], session["role"], hashed, reason)

    def end(self, user_id: int, session: str) -> None:
        """End one session; the token stops working at once."""
        self._redis.pipeline(("DEL", _key(session)), ("ZREM", _index_of(user_id), session))

    def end_all(self, user_id: int, *, keep: str | None = None) -> None:
        """End every session of a user, except `keep`."""
        found = self._redis.command("ZRANGE", _index_of(user_id), 0, -1)
        hashes = [entry.decode() for entry in found if isinstance(entry, bytes)] if isinstance(found, list) else []
        if ended := [hashed for hashed in hashes if hashed != keep]:
            self._redis.pipeline(
                ("DEL", *(_key(hashed) for hashed in ended)),
                ("ZREM", _index_of(user_id), *ended),
            )

    def forget_expired(self) -> Iterator[int]:
        """Remove expired sessions from the users' sets, a batch of sets at a time. Yields how many each batch had.

        A login does the same for its user, and a set expires with its longest session: this handles the rest.
        """
        cursor, now = b"0", int(time.time())
        while True:
            found = self._redis.command("SCAN", cursor, "MATCH", _index_of("*"), "COUNT", _KEYS_AT_ONCE)
            cursor, indexes = cast("tuple[bytes, list[bytes]]", found)
            removed = self._redis.pipeline(*(("ZREMRANGEBYSCORE", index, "-inf", now) for index in indexes))
            yield sum(cast("list[int]", removed))
            if cursor == b"0":
                return


def hash_token(token: str) -> str:
    """SHA-256 in hex. 256 random bits need no slow hash: no dictionary contains them."""
    return hashlib.sha256(token.encode()).hexdigest()


def _key(hashed: str) -> str:
    return f"session:{hashed}"


def _index_of(user_id: int | str) -> str:
    return f"sessions-of:{user_id}"
