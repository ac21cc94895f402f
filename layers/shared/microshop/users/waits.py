"""Waits that double: after some free attempts, each further one doubles the wait, up to a longest one.

An attempt is counted before it is made, so that parallel attempts cannot bypass the limit.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.platform.redis import Redis

_COUNT_LIFETIME_SECONDS = 3600

# KEYS: count and wait of each rule, and then perhaps a set. ARGV: the counts' lifetime; free attempts, first and
# longest seconds of each rule; and then perhaps a member. Only the first rule counts a member of the set.
# Returns 0 if the attempt may proceed, else the milliseconds to wait. All rules count an attempt, or none does.
_COUNT_ATTEMPT = """
local rules, wait = math.floor(#KEYS / 2), 0
if #KEYS % 2 == 1 and redis.call('ZSCORE', KEYS[#KEYS], ARGV[#ARGV]) then rules = 1 end
for rule = 1, rules do wait = math.max(wait, redis.call('PTTL', KEYS[2 * rule])) end
if wait > 0 then return wait end
for rule = 1, rules do
  local count = redis.call('INCR', KEYS[2 * rule - 1])
  redis.call('EXPIRE', KEYS[2 * rule - 1], ARGV[1])
  local over = count - tonumber(ARGV[3 * rule - 1])
  if over >= 0 then
    local seconds = math.min(tonumber(ARGV[3 * rule]) * 2 ^ math.min(over, 20), tonumber(ARGV[3 * rule + 1]))
    redis.call('SET', KEYS[2 * rule], '', 'PX', string.format('%.0f', seconds * 1000))
  end
end
return 0
"""


class Waits(Value):
    """The rule of one kind of attempts. Their keys in Redis are `<kind>-attempts:{…}` and `<kind>-wait:{…}`."""

    kind: str
    free_attempts: int
    first_seconds: int
    longest_seconds: int

    def count(self, subject: str, redis: Redis) -> int:
        """Count an attempt. Returns 0 if it may proceed, else the seconds to wait.

        Raises:
            Unavailable: Redis does not answer.
        """
        return count_attempt([(self, subject)], redis)

    def clear(self, subject: str, redis: Redis) -> None:
        """Forget all attempts and the wait."""
        redis.command("DEL", *self.keys(subject))

    def keys(self, subject: str) -> tuple[str, str]:
        """Returns the keys of count and wait."""
        # Hashed, so that no key contains an email address. The braces keep both keys in one slot of a cluster.
        name = hashed(subject)
        return f"{self.kind}-attempts:{{{name}}}", f"{self.kind}-wait:{{{name}}}"


def count_attempt(rules: Sequence[tuple[Waits, str]], redis: Redis, *, exempt: tuple[str, str] | None = None) -> int:
    """Count an attempt by several rules, each for its subject. Returns 0 if it may proceed, else the seconds to wait.

    `exempt` is a sorted set and a member: if the set has it, only the first rule counts.

    Raises:
        Unavailable: Redis does not answer.
    """
    keys = [key for waits, subject in rules for key in waits.keys(subject)]
    limits = [
        limit for waits, _ in rules for limit in (waits.free_attempts, waits.first_seconds, waits.longest_seconds)
    ]
    if exempt:
        keys.append(exempt[0])
    member = exempt[1:] if exempt else ()
    wait = redis.command("EVAL", _COUNT_ATTEMPT, len(keys), *keys, _COUNT_LIFETIME_SECONDS, *limits, *member)
    return -(-wait // 1000) if isinstance(wait, int) else 0


def hashed(subject: str) -> str:
    """Returns 128 bits of a hash, in hex: keys contain no mail or network address."""
    return hashlib.sha256(subject.encode()).hexdigest()[:32]
