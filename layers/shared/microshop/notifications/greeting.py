"""The greeting of a customer's mail.

Email addresses are not confirmed, so a stranger can register another person's address with any name. A mail therefore
contains the name only if it cannot be a link or a phone number, and it contains no other text that customers write.
"""

import unicodedata

from microshop.notifications.mail import Part

_MAX_LENGTH = 30
# Characters between the letters of names, such as O'Brien, Jean-Luc and 阿达·洛芙莱斯, and joiners inside words.
_BETWEEN_LETTERS = " '\u2019-\u2010\u00b7\u30fb\u200c\u200d"


def greeting(username: str) -> Part:
    """Returns the greeting, with the name only if the name is harmless."""
    return Part("greeting_by_name", [{"name": username}]) if _is_harmless(username) else Part("greeting")


def _is_harmless(name: str) -> bool:
    # NFKC maps variants to the plain character, such as a full-width stop to a stop.
    shown = unicodedata.normalize("NFKC", name)
    return len(shown) <= _MAX_LENGTH and all(
        character in _BETWEEN_LETTERS or unicodedata.category(character)[0] in "LM" for character in shown
    )
