"""Days of the shop's time zone, which have 23 to 25 hours where clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day, in UTC. A day ends with the first moment of the next one.

    Of a midnight that comes twice this is the first, and of one that clocks leave out the moment when they do.
    """
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The day that a moment lies in."""
    return moment.astimezone(zone).date()
