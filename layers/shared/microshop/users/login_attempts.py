"""Slows down password guessing: after five failed attempts, each further one doubles the wait, up to 15 minutes.

An attempt is counted before the password is checked, so that parallel attempts cannot bypass the limit. A correct
password clears the count.
"""

import hashlib

from microshop.errors import TooManyAttempts
from microshop.platform.redis import Redis

_FREE_ATTEMPTS = 5
_LONGEST_WAIT_SECONDS = 900
_COUNT_LIFETIME_SECONDS = 3600

# KEYS: count, wait. Returns 0 if the attempt may proceed, else the milliseconds to wait.
_COUNT_ATTEMPT = """
local wait = redis.call('PTTL', KEYS[2])
if wait > 0 then return wait end
local count = redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], ARGV[1])
local over = count - tonumber(ARGV[2])
if over >= 0 then
  local seconds = math.min(2 ^ math.min(over, 20), tonumber(ARGV[3]))
  redis.call('SET', KEYS[2], '', 'PX', string.format('%.0f', seconds * 1000))
end
return 0
"""


class LoginAttempts:
    """Counts password checks per `account`: the address at a login, the session at a change of password."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def count(self, account: str) -> None:
        """Count an attempt.

        Raises:
            TooManyAttempts: the account must wait first.
            Unavailable: Redis does not answer.
        """
        wait = self._redis.command(
            "EVAL", _COUNT_ATTEMPT, 2, *_keys(account), _COUNT_LIFETIME_SECONDS, _FREE_ATTEMPTS, _LONGEST_WAIT_SECONDS
        )
        if isinstance(wait, int) and wait > 0:
            raise TooManyAttempts(-(-wait // 1000))

    def clear(self, account: str) -> None:
        """Clear the count after a correct password."""
        self._redis.command("DEL", *_keys(account))


def _keys(account: str) -> tuple[str, str]:
    # Hashed, so that no key contains an email address. The braces keep both keys in one slot of a cluster.
    name = hashlib.sha256(account.encode()).hexdigest()[:32]
    return f"login-attempts:{{{name}}}", f"login-wait:{{{name}}}"
