"""Sessions in Redis: a token of 256 random bits, stored only as its hash, with the user's id, role and a fixed expiry.

`session:<hash>`          JSON of user id and role; gone at its expiry
`sessions-of:<user id>`   sorted set of the user's hashes by expiry, so that all of them can be ended
"""

import hashlib
import json
import secrets
import time
from dataclasses import dataclass

from microshop.caller import Caller
from microshop.platform.redis import Redis


@dataclass(frozen=True)
class OpenedSession:
    """A session as its owner gets it: the only moment at which the token is in the clear."""

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

    def open(self, user_id: int, role: str, lifetime_seconds: int) -> OpenedSession:
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
        """Whose token it is, in one round trip."""
        hashed = hash_token(token)
        found = self._redis.command("GET", _key(hashed))
        if not isinstance(found, bytes):
            return None
        session = json.loads(found)
        return Caller(session["user_id"], session["role"], hashed)

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


def hash_token(token: str) -> str:
    """SHA-256 in hex: enough for 256 random bits, which no dictionary holds."""
    return hashlib.sha256(token.encode()).hexdigest()


def _key(hashed: str) -> str:
    return f"session:{hashed}"


def _index_of(user_id: int) -> str:
    return f"sessions-of:{user_id}"
