"""Counts of requests in Redis, one key per limit and subject: `limit:<name>:<subject>`.

The algorithm is GCRA, a token bucket in one number: the Unix time in ms at which the whole quota is available again. A
request moves it by window / quota. It is refused, and moves nothing, if that would be more than a window ahead. So a
subject has its quota at once, and then one request every window / quota. The key expires at that time.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from microshop.request_limits import LimitUse, RequestLimit, limit_use

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.platform.redis import Argument, Redis

# A function for scripts that count. ARGV from `first`: key, quota and window in ms of each limit; `now` in Unix ms.
# `subject` completes a key that ends in a colon. Returns for each limit the remaining requests (-1: refused) and the ms
# until the whole quota is available, or if refused until the next request. All limits count the request, or none does.
# A full Redis or a replica refuses writes, and a user of an earlier release may not use the keys. pcall ignores that,
# so that callers still have access. The millisecond allows for rounding.
COUNT = """
local function count(first, now, subject)
  local found, reply, is_refused = {}, {}, false
  for i = first, #ARGV, 3 do
    local key, window = ARGV[i], tonumber(ARGV[i + 2])
    if string.sub(key, -1) == ':' then key = key .. subject end
    local value = redis.pcall('GET', key)
    local used = math.max(type(value) == 'string' and tonumber(value) - now or 0, 0)
    local cost = window / ARGV[i + 1]
    found[#found + 1] = {key, used, cost, window}
    is_refused = is_refused or used + cost > window + 1
  end
  for _, each in ipairs(found) do
    local key, used, cost, window = unpack(each)
    if used + cost > window + 1 then
      reply[#reply + 1] = -1
      reply[#reply + 1] = math.ceil(used + cost - window)
    else
      if not is_refused then
        used = used + cost
        redis.pcall('SET', key, string.format('%.3f', now + used), 'PX', math.ceil(used))
      end
      reply[#reply + 1] = math.max(math.floor((window - used) / cost + 0.01), 0)
      reply[#reply + 1] = math.ceil(used)
    end
  end
  return reply
end
"""
_COUNT_ALONE = f"{COUNT} return count(2, tonumber(ARGV[1]), '')"


def arguments(limits: Sequence[RequestLimit]) -> list[Argument]:
    """Returns the arguments of a script that counts: the Unix time in ms, then those of each limit."""
    values: list[Argument] = [int(time.time() * 1000)]
    for limit in limits:
        values += [limit.key, limit.quota, limit.window_seconds * 1000]
    return values


def count(limits: Sequence[RequestLimit], redis: Redis) -> LimitUse:
    """Count a request against all limits, or against none if one of them refuses it.

    Raises:
        Unavailable: Redis does not answer.
    """
    counted = redis.command("EVAL", _COUNT_ALONE, 0, *arguments(limits))
    return limit_use(limits, cast("list[int]", counted))
