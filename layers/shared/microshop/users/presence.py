"""Counts users active in the last 15 minutes. The authorizer records them (users/sessions.py).

`presence`   sorted set of user ids by the Unix time at which they were last seen
"""

import time
from collections.abc import Callable

from microshop.platform.redis import Redis

KEY = "presence"
WINDOW_SECONDS = 15 * 60


class Presence:
    """Counts active users.

    Raises, from every method:
        Unavailable: Redis does not answer.
    """

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._clock = clock

    def active_users(self) -> int:
        """Returns the number of different users active in the last 15 minutes. Deletes the others."""
        cutoff = int(self._clock()) - WINDOW_SECONDS
        _, active = self._redis.pipeline(("ZREMRANGEBYSCORE", KEY, "-inf", f"({cutoff}"), ("ZCARD", KEY))
        return active if isinstance(active, int) else 0
