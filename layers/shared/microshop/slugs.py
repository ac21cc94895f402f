"""Slugs: the readable part of a URL, such as `linen-shirt`."""

import re
import unicodedata

from microshop.collation import fold

MAX_SLUG_LENGTH = 100
# Not digits alone, because a path segment of digits is an id.
SLUG_PATTERN = r"^(?![0-9]+$)[a-z0-9]+(-[a-z0-9]+)*$"

_SEPARATORS = re.compile("[^a-z0-9]+")
_MAX_BASE_LENGTH = 80  # leaves room for a number


def slug_of(name: str) -> str:
    """Returns the slug of a name in ASCII, or "" if the name has no letter of the Latin alphabet, such as 衬衫."""
    ascii_only = unicodedata.normalize("NFKD", fold(name)).encode("ascii", "ignore").decode()
    slug = _SEPARATORS.sub("-", ascii_only.replace("'", "")).strip("-")[:_MAX_BASE_LENGTH].rstrip("-")
    return "" if slug.replace("-", "").isdigit() else slug
