"""Measures how many different users were there within the last 15 minutes, and whether the shop is read-only."""

from typing import Any

from microshop.platform import observability
from microshop.platform.observability import MetricUnit
from microshop.platform.redis import redis
from microshop.read_only import Switch
from microshop.users.presence import Presence


def handler(_event: dict[str, Any], _context: object) -> dict[str, int]:
    """`{"active_users": …, "read_only": 0 or 1}`; a Redis that does not answer fails the invocation.

    This minute has no value then.
    """
    measured = {
        "active_users": Presence(redis()).active_users(),
        "read_only": int(Switch(redis()).state() is not None),
    }
    observability.emit({name: (value, MetricUnit.Count) for name, value in measured.items()})
    return measured
