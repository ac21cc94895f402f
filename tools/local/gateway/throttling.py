"""Throttles requests with token buckets, as API Gateway does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.templates.model import WHOLE_STAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tools.templates.model import Throttle


class TokenBucket:
    """A bucket of up to `burst` tokens. It starts full and gains `rate` tokens a second."""

    def __init__(self, throttle: Throttle, clock: Callable[[], float]) -> None:
        self._rate = throttle.rate
        self._burst = throttle.burst
        self._clock = clock
        self._tokens = float(throttle.burst)
        self._filled_at = clock()

    def take(self) -> bool:
        """Take a token. Returns whether there was one."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Throttling:
    """The buckets of a stage. A method with its own limits has its own bucket; all others share that of the stage."""

    def __init__(self, throttles: Mapping[tuple[str, str], Throttle], clock: Callable[[], float]) -> None:
        self._buckets = {key: TokenBucket(throttle, clock) for key, throttle in throttles.items()}

    def allows(self, method: str, path: str) -> bool:
        """Whether a request to this method of this resource is within the limits."""
        for key in ((method, path), ("*", path), (method, "/*"), WHOLE_STAGE):
            if key in self._buckets:
                return self._buckets[key].take()
        return True
