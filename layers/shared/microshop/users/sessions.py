"""Sessions in Redis: a token of 256 random bits, stored only as its hash, with user id, scopes and a fixed expiry.

`session:<hash>`                     JSON of user id and access (access.py); expires with the session
`sessions-of:<user id>`              sorted set of the user's hashes by expiry: a session that is not in it has ended
`session-info:<hash>`                belongs to device_repository.py
`sessions-of:<user id>:ended:<id>`   a set of ended sessions whose keys are still to be deleted
"""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from typing import cast

from microshop import read_only
from microshop.caller import Caller
from microshop.errors import Unauthenticated, Unavailable
from microshop.platform.redis import Redis
from microshop.platform.request_counts import COUNT, arguments
from microshop.request_limits import RequestLimit, limit_use
from microshop.users import presence
from microshop.users.access import NO_STAFF, Access, access_in
from microshop.values import Value

# The maximum number of sessions per user, which is more than anyone has devices. It prevents a program that logs in for
# every request, or a thief with the password, from filling Redis.
MAX_SESSIONS = 50
_ENDED = ":ended:"
# SCAN reads about this many keys of any kind per call and returns those that match.
_SCAN_COUNT = 1000
# Sets from a release without the limit may be huge. Deleting 1,000 keys blocks Redis for about 1 ms.
_DELETE_BATCH_SIZE = 1000
_MAX_DELETE_SECONDS = 3  # per request; purge_expired deletes the rest

# KEYS: session, the user's set. ARGV: the session's value, lifetime, Unix time, hash, limit, most to delete.
# Deletes before it adds, because the newest session expires first after an operator has shortened the lifetime.
_OPEN = """
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[3])
local over = math.min(redis.call('ZCARD', KEYS[2]) + 1 - tonumber(ARGV[5]), tonumber(ARGV[6]))
if over > 0 then
  for _, oldest in ipairs(redis.call('ZRANGE', KEYS[2], 0, over - 1)) do
    redis.call('DEL', 'session:' .. oldest)
    redis.call('ZREM', KEYS[2], oldest)
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3] + ARGV[2], ARGV[4])
-- The set lives as long as its longest session. NX first, because GT treats a key without an expiry as everlasting.
redis.call('EXPIRE', KEYS[2], ARGV[2], 'NX')
redis.call('EXPIRE', KEYS[2], ARGV[2], 'GT')
"""
# KEYS: session, presence, read-only switch. ARGV: hash, Unix time in ms, the limits (platform/request_counts.py).
# Returns session, switch and counts, and records presence.
# A full Redis or a replica refuses writes. pcall ignores that, so that users still have access.
_FIND = f"""{COUNT}
local session = redis.call('GET', KEYS[1])
if not session then return false end
local user_id = string.format('%.0f', cjson.decode(session).user_id)
if not redis.call('ZSCORE', 'sessions-of:' .. user_id, ARGV[1]) then return false end
redis.pcall('ZADD', KEYS[2], math.floor(ARGV[2] / 1000), user_id)
return {{session, redis.call('GET', KEYS[3]), count(3, tonumber(ARGV[2]), user_id)}}
"""
# KEYS: the old session, the new one, the user's set. ARGV: old hash, new hash, the new session's value, Unix time.
# Returns the seconds that are left, or 0 if the old session has ended. The command may arrive twice.
_REPLACE = """
local expiry = redis.call('ZSCORE', KEYS[3], ARGV[2])
if expiry then return math.max(1, expiry - ARGV[4]) end
expiry = redis.call('ZSCORE', KEYS[3], ARGV[1])
if not expiry or expiry - ARGV[4] < 1 then return 0 end
redis.call('SET', KEYS[2], ARGV[3], 'EX', expiry - ARGV[4])
redis.call('ZADD', KEYS[3], expiry, ARGV[2])
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[3], ARGV[1])
local info = redis.call('GET', 'session-info:' .. ARGV[1])
if info then redis.call('SET', 'session-info:' .. ARGV[2], info, 'EX', expiry - ARGV[4]) end
return expiry - ARGV[4]
"""
# KEYS: the user's set, its new name. ARGV: the hash to keep, or nothing. Returns the number of ended sessions.
# The command may arrive twice (platform/redis.py): a set that was already renamed stays as it is.
_END_ALL = """
if redis.call('ZCARD', KEYS[2]) > 0 or redis.call('ZCARD', KEYS[1]) == 0 then return redis.call('ZCARD', KEYS[2]) end
local expiry = ARGV[1] ~= '' and redis.call('ZSCORE', KEYS[1], ARGV[1])
redis.call('RENAME', KEYS[1], KEYS[2])
if expiry then
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('ZADD', KEYS[1], expiry, ARGV[1])
  redis.call('EXPIRE', KEYS[1], math.max(1, expiry - ARGV[2]))
end
return redis.call('ZCARD', KEYS[2])
"""


class NewSession(Value):
    """A new session. Only this object has the token itself; Redis stores its hash."""

    token: str
    hash: str
    expires_in_seconds: int


class EndedSessions(Value):
    """Sessions that were ended together. The set `key` contains those whose keys are still to be deleted."""

    key: str
    count: int


class Sessions:
    """Opens, finds and ends sessions.

    Raises, from every method:
        Unavailable: Redis does not answer.
    """

    def __init__(self, redis: Redis, *, second_factor_required: bool = False) -> None:
        self._redis = redis
        self._second_factor_required = second_factor_required

    def open(self, user_id: int, lifetime_seconds: int, access: Access = NO_STAFF) -> NewSession:
        """Start a session that ends after `lifetime_seconds`, even if it is in use.

        At the limit of sessions, the user's oldest session ends.
        """
        token = _new_token()
        hashed, now, value = hash_token(token), int(time.time()), _value(user_id, access)
        names = _key(hashed), _index_of(user_id)
        self._redis.command(
            "EVAL", _OPEN, 2, *names, value, lifetime_seconds, now, hashed, MAX_SESSIONS, _DELETE_BATCH_SIZE
        )
        return NewSession(token, hashed, lifetime_seconds)

    def find(self, token: str, limits: Sequence[RequestLimit] = ()) -> Caller | None:
        """Returns the token's owner, or None if the token has no session.

        Counts the request against the limits; one without a subject counts the owner. Scopes are withheld while the
        session's second factor is missing: see Access.scopes_in_effect.

        The caller also has the reason if the shop is read-only (read_only.py). The same round trip records the
        owner's presence (users/presence.py).
        """
        hashed = hash_token(token)
        keys = _key(hashed), presence.KEY, read_only.KEY
        found = self._redis.command("EVAL", _FIND, 3, *keys, hashed, *arguments(limits))
        if not isinstance(found, list):
            return None
        value, switch, counted = found
        # Without `decode`, `loads` would first guess the encoding: 2 % of the authorizer's work.
        session = json.loads(cast("bytes", value).decode())
        access = access_in(session)
        scopes = access.scopes_in_effect(second_factor_required=self._second_factor_required)
        return Caller(
            user_id=session["user_id"],
            session=hashed,
            scopes=scopes,
            withheld=access.scopes != scopes,
            second_factor_at=access.second_factor if isinstance(access.second_factor, int) else None,
            read_only=read_only.reason_in(switch) if isinstance(switch, bytes) else None,
            limit_use=limit_use(limits, cast("list[int]", counted)) if limits else None,
        )

    def replace(self, user_id: int, session: str, access: Access) -> NewSession:
        """Open a session in place of another one, which ends. The new one expires when the old one would have.

        Raises:
            Unauthenticated: the old session has ended.
        """
        token = _new_token()
        hashed, value = hash_token(token), _value(user_id, access)
        keys = _key(session), _key(hashed), _index_of(user_id)
        seconds = self._redis.command("EVAL", _REPLACE, 3, *keys, session, hashed, value, int(time.time()))
        if not seconds:
            raise Unauthenticated
        return NewSession(token, hashed, cast("int", seconds))

    def end(self, user_id: int, session: str) -> None:
        """End one session; the token stops working at once."""
        self._redis.pipeline(("DEL", _key(session)), ("ZREM", _index_of(user_id), session))

    def end_all(self, user_id: int, *, keep: str | None = None) -> EndedSessions:
        """End every session of a user except `keep`. One short command does it, whatever their number."""
        index = _index_of(user_id)
        key = f"{index}{_ENDED}{os.urandom(8).hex()}"
        count = self._redis.command("EVAL", _END_ALL, 2, index, key, keep or "", int(time.time()))
        return EndedSessions(key, cast("int", count))

    def delete_ended(self, ended: EndedSessions) -> None:
        """Delete the keys of ended sessions, for three seconds at most; `delete_expired` deletes the rest.

        An unavailable Redis is not an error here, because the sessions have ended already.
        """
        stop, left = time.monotonic() + _MAX_DELETE_SECONDS, ended.count
        with contextlib.suppress(Unavailable):
            while left > 0 and time.monotonic() < stop:
                left = left - deleted if (deleted := self._delete_some(ended.key)) else 0

    def count(self, user_id: int) -> int:
        """Returns the number of a user's sessions. Deletes expired ones first."""
        index = _index_of(user_id)
        _, count = self._redis.pipeline(("ZREMRANGEBYSCORE", index, "-inf", int(time.time())), ("ZCARD", index))
        return cast("int", count)

    def delete_expired(self) -> Iterator[int]:
        """Remove expired sessions from the users' sets and delete ended ones. Yields the number in each batch.

        A login does the same for its user, and a set expires with its longest session. This handles the rest.
        """
        cursor, now = b"0", int(time.time())
        while True:
            found = self._redis.command("SCAN", cursor, "MATCH", _index_of("*"), "COUNT", _SCAN_COUNT)
            cursor, names = cast("tuple[bytes, list[bytes]]", found)
            ended = [name for name in names if _ENDED.encode() in name]
            expired = (("ZREMRANGEBYSCORE", name, "-inf", now) for name in names if name not in ended)
            yield sum(cast("list[int]", self._redis.pipeline(*expired)))
            for name in ended:
                while deleted := self._delete_some(name):
                    yield deleted
            if cursor == b"0":
                return

    def _delete_some(self, ended: str | bytes) -> int:
        # Sessions first: after an interruption, the set still names those that are left.
        found = cast("list[bytes]", self._redis.command("ZRANGE", ended, 0, _DELETE_BATCH_SIZE - 1))
        if found:
            self._redis.pipeline(("DEL", *(_key(each.decode()) for each in found)), ("ZREM", ended, *found))
        return len(found)


def hash_token(token: str) -> str:
    """Returns SHA-256 in hex. 256 random bits need no slow hash: no dictionary contains them."""
    return hashlib.sha256(token.encode()).hexdigest()


def _new_token() -> str:
    import secrets  # noqa: PLC0415 - the authorizer opens no session

    return secrets.token_urlsafe(32)


def _value(user_id: int, access: Access) -> str:
    return json.dumps({"user_id": user_id, **access.session_fields()})


def _key(hashed: str) -> str:
    return f"session:{hashed}"


def _index_of(user_id: int | str) -> str:
    return f"sessions-of:{user_id}"
