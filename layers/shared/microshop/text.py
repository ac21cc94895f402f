"""What every string from outside must be before anything stores it."""

import re
import unicodedata

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Unicode's categories of control characters and of the separators of lines and paragraphs.
_CONTROL = ("Cc", "Zl", "Zp")


def is_storable(text: str) -> bool:
    """Whether a string has neither NUL nor a lone surrogate, which no database and no mail takes."""
    return _UNSTORABLE.search(text) is None


def normalise_line(text: str, max_length: int) -> str:
    """One line of text as it is shown: NFC, no blanks around it.

    Raises:
        ValueError: nothing is left, it is too long, or it holds a control character or line break.
    """
    line = _normalised(text, max_length)
    if any(unicodedata.category(character) in _CONTROL for character in line):
        raise ValueError("must not contain control characters")
    return line


def normalise_text(text: str, max_length: int) -> str:
    """Text of one or more lines as it is shown: NFC, no blanks around it, lines parted by line feeds alone.

    Raises:
        ValueError: nothing is left, it is too long, or it holds a control character other than a line break.
    """
    lines = _normalised(text.replace("\r\n", "\n"), max_length)
    if any(unicodedata.category(character) in _CONTROL and character != "\n" for character in lines):
        raise ValueError("must not contain control characters")
    return lines


def _normalised(text: str, max_length: int) -> str:
    shown = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(shown) <= max_length:
        raise ValueError(f"must have 1 to {max_length} characters")
    return shown
