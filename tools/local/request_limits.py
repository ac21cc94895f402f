"""Turns off the limits on requests of one caller, for load tests and for tests that send many requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.templates.sam import load

if TYPE_CHECKING:
    from pathlib import Path

# Parameters that limit the requests of a session, an account or a client, by the end of their names; 0 is no limit.
_LIMITS = ("PerMinute", "PerHour")


def no_limits(template: Path) -> dict[str, str]:
    """Returns the template's parameters that limit the requests of one caller, with the value for no limit."""
    return {name: "0" for name in load(template).get("Parameters", {}) if name.endswith(_LIMITS)}
