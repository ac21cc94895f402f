"""Text that is valid and that careless code trips over."""

# Text that means something to SQL, full-text search, string formatting, HTML, mail headers or a shell.
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


def shortened(text: object) -> str | None:
    """A test's name for a long text; None leaves the name of anything else to pytest."""
    return text[:40] if isinstance(text, str) else None
