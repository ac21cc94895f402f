"""Limits of the local runtime, chosen for a laptop."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Times are in seconds.

    An environment ends when it was idle for `idle`, and after `surplus_idle` already if its function has another idle
    one: a burst of events starts many, and each takes 12 to 45 MiB.
    """

    environments_per_function: int = 10
    surplus_idle: float = 30.0
    idle: float = 300.0
    async_retry_delays: tuple[float, ...] = (60.0, 120.0)
