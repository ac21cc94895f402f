"""Conditional requests (RFC 9110, 13)."""


def is_fresh(if_none_match: str, etag: str) -> bool:
    """Whether the client already has the response: If-None-Match is `*`, or lists `etag` (weak comparison)."""
    tag = etag.removeprefix("W/")
    return any(entry.strip() == "*" or entry.strip().removeprefix("W/") == tag for entry in if_none_match.split(","))
