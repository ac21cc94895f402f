"""Sections of hand-written files that a command writes, between two marker lines."""


def with_section(text: str, begin: str, end: str, content: str) -> str:
    """Replace what stands between the marker lines `begin` and `end`.

    Raises:
        ValueError: a marker is missing.
    """
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"the markers {begin.strip()!r} and {end.strip()!r} do not both stand in the file")
    return before + begin + content + end + after
