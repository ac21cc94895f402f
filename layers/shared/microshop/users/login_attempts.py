"""Slows down the guessing of passwords and codes, without locking their owner out.

Each client may try five times for an account; then each further attempt doubles its wait, up to 15 minutes. Clients
from which nobody has logged in to the account so far also share 20 attempts, so that guessing from many networks is
slow as well. A stranger can use up these, but not those of a client that the owner has used: it is known for 90 days.

`login-attempts:{…}`, `login-wait:{…}`   of an account and a client, of an account and all unknown clients, of a caller
`login-attempts:{…}:known`               sorted set of an account's known clients by the Unix time of the last login
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from microshop.errors import TooManyAttempts
from microshop.users.waits import Waits, count_attempt, hashed

if TYPE_CHECKING:
    from microshop.platform.redis import Redis

_OF_CLIENT = Waits(kind="login", free_attempts=5, first_seconds=1, longest_seconds=900)
_OF_UNKNOWN_CLIENTS = Waits(kind="login", free_attempts=20, first_seconds=1, longest_seconds=900)
_KNOWN_SECONDS = 90 * 86_400
_MAX_KNOWN = 50  # of an account; the one that was not used for the longest time is forgotten

# KEYS: the client's count and wait, the known clients. ARGV: client, Unix time, lifetime, limit.
_KNOW = """
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[2] - ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
redis.call('EXPIRE', KEYS[3], ARGV[3])
local over = redis.call('ZCARD', KEYS[3]) - tonumber(ARGV[4])
if over > 0 then
  for _, oldest in ipairs(redis.call('ZRANGE', KEYS[3], 0, over - 1)) do redis.call('ZREM', KEYS[3], oldest) end
end
"""


class CallerAttempts:
    """Counts checks of a password or code by callers with a token, so that nobody else can use them up.

    Raises, from every method:
        Unavailable: Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def count(self, account: str) -> None:
        """Count an attempt of a session or an account.

        Raises:
            TooManyAttempts: it must wait first.
        """
        if seconds := _OF_CLIENT.count(account, self._redis):
            raise TooManyAttempts(seconds)

    def clear(self, account: str) -> None:
        """Clear the count after a correct password or code."""
        _OF_CLIENT.clear(account, self._redis)


class LoginAttempts:
    """Counts checks of a password per mail address and client; "" stands for all clients that are not known.

    Raises, from every method:
        Unavailable: Redis does not answer.
    """

    def __init__(self, redis: Redis, client: str) -> None:
        self._redis = redis
        self._client = client

    def count(self, account: str) -> None:
        """Count an attempt.

        Raises:
            TooManyAttempts: the client must wait first.
        """
        rules = [(_OF_CLIENT, self._subject(account)), (_OF_UNKNOWN_CLIENTS, account)]
        known = _known(account), hashed(self._subject(account))
        if seconds := count_attempt(rules, self._redis, exempt=known):
            raise TooManyAttempts(seconds)

    def clear(self, account: str) -> None:
        """Clear the client's count after a correct password or link, and remember that the account has used it."""
        subject = self._subject(account)
        keys = *_OF_CLIENT.keys(subject), _known(account)
        now = int(time.time())
        self._redis.command("EVAL", _KNOW, 3, *keys, hashed(subject), now, _KNOWN_SECONDS, _MAX_KNOWN)

    def _subject(self, account: str) -> str:
        return f"{account}\n{self._client}"


def _known(account: str) -> str:
    return f"{_OF_CLIENT.keys(account)[0]}:known"
