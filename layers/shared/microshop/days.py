"""Days in the shop's time zone. A day on which the clocks change has 23 or 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo


def start_of(day: date, zone: tzinfo) -> datetime:
    """Returns the first moment of a day, in UTC. The day ends at the start of the next one.

    If midnight occurs twice, this is the first of the two. If the clocks skip midnight, it is the moment of the change.
    """
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def day_of(moment: datetime, zone: tzinfo) -> date:
    """Returns the day of a moment in the zone."""
    return moment.astimezone(zone).date()
