"""Limits of the local runtime, chosen for a laptop."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Times are in seconds."""

    environments_per_function: int = 10
    idle: float = 300.0
    async_retry_delays: tuple[float, ...] = (60.0, 120.0)
