"""Valid text that breaks careless code."""

from collections.abc import Iterable

# Text with a meaning in SQL, full-text search, string formatting, HTML, mail headers or a shell.
OPERATORS = [
    "' OR '1'='1",
    '" OR ""="',
    "'; DROP TABLE users; -- x",
    "\\'; DROP TABLE users; #",
    "%' OR 1=1 /*",
    "Robert'); DELETE FROM users;--",
    "%(id)s %s %d {0} {username} ${x}",
    '+a* -b ~c <d >e ("f" @2)',
    "%_\\ a",
    "$name $shop {{7*7}} ${jndi:ldap://x}",
    "<script>alert(1)</script>&amp;",
    "=cmd|' /C calc'!A0",
    "`id` $(id) | id; id",
    "../../etc/passwd",
]
EMOJI = ["😀 Ada", "👩🏽‍🚀👨‍👩‍👧‍👦 Ada", "\U0001d4d0da 🇺🇳"]

HOSTILE = [*OPERATORS, *EMOJI]


def joined(texts: Iterable[str], *, max_length: int, separator: str = " ") -> list[str]:
    """Returns all of the texts, joined into as few as have at most `max_length` characters."""
    long = [""]
    for text in texts:
        longer = f"{long[-1]}{separator}{text}" if long[-1] else text
        if len(longer) <= max_length:
            long[-1] = longer
        else:
            long.append(text)
    return long
