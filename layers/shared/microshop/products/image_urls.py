"""URLs of product images, in ASCII as RFC 3986 requires, so that they work in every client, mail and header."""

import re
from urllib.parse import quote, urlsplit

from microshop.domain_names import ascii_domain

# The characters of URLs, and non-ASCII characters, which are encoded. Not permitted: blanks and "<>\^`{|}.
_CHARACTERS = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%\u0080-\U0010ffff]+"
_RESERVED = "/?:@!$&'()*+,;=%"
_UNENCODED_PERCENT = "%(?![0-9A-Fa-f]{2})"
# Underscores are allowed, because bucket names may contain them.
_HOST = r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?"


def normalise_image_url(text: str, max_length: int) -> str:
    """Returns the URL in its stored form: non-ASCII characters percent-encoded, and as A-labels in the host.

    Raises:
        ValueError: the text is not an absolute http or https URL, contains a user name, or is too long in this form.
    """
    try:
        url = _encode(text)
    except ValueError:
        raise ValueError("must be an https:// or http:// URL, without a user name or blanks") from None
    if len(url) > max_length:
        raise ValueError(f"must have at most {max_length} characters when it is percent-encoded")
    return url


def _encode(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not re.fullmatch(_CHARACTERS, text) or not _is_printable(text):
        raise ValueError(text)
    host = parts.netloc if parts.netloc.isascii() else ascii_domain(parts.netloc)
    if "@" in host or not _is_host(urlsplit(f"//{host}").hostname or "") or parts.port == 0:
        raise ValueError(text)
    begin = text.index("//")
    rest = text[begin + 2 + len(parts.netloc) :]
    path, hash_sign, fragment = rest.partition("#")
    return f"{text[:begin]}//{host}{_quote(path)}{hash_sign}{_quote(fragment)}"


def _is_host(host: str) -> bool:
    # urlsplit has checked the address between brackets.
    return ":" in host or re.fullmatch(_HOST, host) is not None


def _is_printable(text: str) -> bool:
    return all(character.isprintable() or character in "\u200c\u200d" for character in text)


def _quote(part: str) -> str:
    return quote(re.sub(_UNENCODED_PERCENT, "%25", part), safe=_RESERVED + "-._~")
