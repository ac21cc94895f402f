"""Limits on requests: at most a quota in a time window, and what response headers say about them.

Header fields: draft-ietf-httpapi-ratelimit-headers-10. docs/decisions/0084-request-limits.md explains the limits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

# No Retry-After of the shop is longer (docs/openapi.yaml). A client that comes back too early is only refused again.
_LONGEST_WAIT_SECONDS = 900


class RequestLimit(Value):
    """At most `quota` requests at once, which are available again evenly over `window_seconds`.

    `name` identifies the limit in headers, keys, logs and metrics. `subject` is the key of whom it counts.
    """

    name: str
    quota: int
    window_seconds: int
    subject: str

    @property
    def key(self) -> str:
        """The key of its count in Redis."""
        return f"limit:{self.name}:{self.subject}"


class LimitUse(Value):
    """How much of its limits a request found used.

    `policy` and `state` are the values of RateLimit-Policy and RateLimit. `exceeded` is the name of the limit that
    refuses the request, or "". `retry_after_seconds` is then the time until it allows another one.
    """

    policy: str
    state: str
    exceeded: str = ""
    retry_after_seconds: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """The header fields of the response."""
        return {"RateLimit-Policy": self.policy, "RateLimit": self.state}


def limit_use(limits: Sequence[RequestLimit], counted: Sequence[int]) -> LimitUse:
    """Returns what a count means: for each limit the remaining requests, and the milliseconds that `t` stands for.

    Remaining requests of -1 mean that the limit refuses this one.
    """
    states, exceeded, retry_after = [], "", 0
    for place, limit in enumerate(limits):
        remaining, seconds = counted[2 * place], -(-counted[2 * place + 1] // 1000)
        if remaining < 0:
            remaining, seconds = 0, min(seconds, _LONGEST_WAIT_SECONDS)
            if seconds > retry_after:
                exceeded, retry_after = limit.name, seconds
        states.append(f'"{limit.name}";r={remaining};t={seconds}')
    policy = ", ".join([f'"{limit.name}";q={limit.quota};w={limit.window_seconds}' for limit in limits])
    return LimitUse(policy, ", ".join(states), exceeded, retry_after)
