"""Token buckets as API Gateway throttles with: a rate, a burst, and a clock that is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tools.templates.model import Throttle

_STAGE = ("*", "/*")


class TokenBucket:
    """Holds up to `burst` tokens, full at first, and gains `rate` a second."""

    def __init__(self, throttle: Throttle, clock: Callable[[], float]) -> None:
        self._rate = throttle.rate
        self._burst = throttle.burst
        self._clock = clock
        self._tokens = float(throttle.burst)
        self._filled_at = clock()

    def take(self) -> bool:
        """Takes a token if there is one."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Throttling:
    """A stage's buckets. A method with limits of its own draws on its bucket; all others share the stage's."""

    def __init__(self, throttles: Mapping[tuple[str, str], Throttle], clock: Callable[[], float]) -> None:
        self._buckets = {key: TokenBucket(throttle, clock) for key, throttle in throttles.items()}

    def admits(self, method: str, path: str) -> bool:
        """Whether the request to that method of that resource may pass."""
        for key in ((method, path), ("*", path), (method, "/*"), _STAGE):
            if key in self._buckets:
                return self._buckets[key].take()
        return True
