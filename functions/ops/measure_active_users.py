"""Measures how many different users were there within the last 15 minutes."""

from typing import Any

from microshop.platform import observability
from microshop.platform.observability import MetricUnit
from microshop.platform.redis import redis
from microshop.users.presence import Presence


def handler(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    """`{"active_users": …}`; a Redis that does not answer fails the invocation, and this minute has no value."""
    active = Presence(redis()).active_users()
    gauge = observability.metrics()
    gauge.add_metric(name="active_users", unit=MetricUnit.Count, value=active)
    gauge.flush_metrics()
    return {"active_users": active}
