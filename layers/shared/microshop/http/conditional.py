"""Conditional requests (RFC 9110, 13)."""


def is_fresh(if_none_match: str, etag: str) -> bool:
    """Whether the client already has the response with this ETag: `*`, or an entry of the list by weak comparison."""
    wanted = etag.removeprefix("W/")
    return any(entry.strip() == "*" or entry.strip().removeprefix("W/") == wanted for entry in if_none_match.split(","))
