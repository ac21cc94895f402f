"""Times as clients write them."""

import re
from datetime import UTC, datetime

# RFC 3339's profile of ISO 8601, 5.6: date, time and zone, all of them.
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:[0-5]\d)", re.ASCII)


def parse_time(text: str) -> datetime:
    """A moment, in UTC.

    Raises:
        ValueError: it is no time with a zone.
    """
    if _TIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # a 30th of February, or a zone that leads out of the calendar
    raise ValueError("must be a time with a zone such as 2026-01-31T09:30:00Z; write a + in a URL as %2B")
