"""Emits how many users were active in the last 15 minutes, and whether the shop is read-only."""

from typing import Any

from microshop.platform import observability
from microshop.platform.observability import MetricUnit
from microshop.platform.redis import redis
from microshop.read_only import ReadOnlySwitch
from microshop.users.presence import Presence


def handler(_event: dict[str, Any], _context: object) -> dict[str, int]:
    """Returns `{"active_users": …, "read_only": 0 or 1}`.

    If Redis does not answer, the invocation fails and this minute has no value.
    """
    values = {
        "active_users": Presence(redis()).active_users(),
        "read_only": int(ReadOnlySwitch(redis()).state() is not None),
    }
    observability.emit({name: (value, MetricUnit.Count) for name, value in values.items()})
    return values
