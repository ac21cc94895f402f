"""A process of a race that counts requests against one limit. Argument: their number. Outcome: `Allowed<number>`."""

import sys

from microshop.platform.redis import Redis
from microshop.platform.request_counts import count
from microshop.request_limits import RequestLimit
from tests.support.process_race import act_when_told

LIMIT = RequestLimit("race", 20, 86_400, "subject")


def _count(redis: Redis, requests: int) -> object:
    allowed = sum(not count([LIMIT], redis).exceeded for _ in range(requests))
    return type(f"Allowed{allowed}", (), {})()


if __name__ == "__main__":
    act_when_told(lambda _, redis: _count(redis, int(sys.argv[1])))
