"""Parses the times that clients send."""

import re
from datetime import UTC, datetime

# RFC 3339, 5.6: date, time and zone are all required.
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:[0-5]\d)", re.ASCII)


def parse_time(text: str) -> datetime:
    """Returns the moment in UTC.

    Raises:
        ValueError: the text is not a time with a zone.
    """
    if _TIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # such as 30 February, or year 1 with a zone that makes it year 0 in UTC
    raise ValueError("must be a time with a zone such as 2026-01-31T09:30:00Z; write a + in a URL as %2B")
