"""The greeting of a customer's mail.

Nobody has proved that a mail address is theirs: whoever registers it chooses the name that its owner reads. A name is
mailed only if it can carry neither a link nor a number to call; other text that customers write is not mailed at all.
"""

import unicodedata

from microshop.notifications.mail import Part

_MAX_LENGTH = 30
# What stands between the letters of names, such as O'Brien, Jean-Luc and 阿达·洛芙莱斯; and the joiners inside words.
_BETWEEN_LETTERS = " '\u2019-\u2010\u00b7\u30fb\u200c\u200d"


def greeting(username: str) -> Part:
    """Return the part that greets by name, or without one where the name is not harmless."""
    return Part("greeting_by_name", [{"name": username}]) if _is_harmless(username) else Part("greeting")


def _is_harmless(name: str) -> bool:
    # NFKC shows what a character stands for: a full-width stop is a stop.
    shown = unicodedata.normalize("NFKC", name)
    return len(shown) <= _MAX_LENGTH and all(
        character in _BETWEEN_LETTERS or unicodedata.category(character)[0] in "LM" for character in shown
    )
