"""Compares and sorts names as readers of a language expect. docs/decisions/0089-catalogue.md has the reasons.

MySQL has a collation for Chinese, MariaDB has none, so the keys are computed here and compared as bytes.
"""

import re
import unicodedata

MAX_KEY_LENGTH = 255  # bytes; VARBINARY(255)

# The combining diacritical marks of Latin, Greek and Cyrillic letters. Marks of other scripts distinguish words.
_MARKS = re.compile("[\u0300-\u036f]")
# Letters that Unicode does not decompose.
_BASE_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "ł": "l", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th"}
)
_SEPARATORS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"0*(\d+)")


def fold(text: str) -> str:
    """Returns a text without the differences of case, accents, width and compatibility forms, in NFC.

    `CAFÉ` and `cafe` are equal afterwards, and so are full-width and usual letters.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isascii():
        return folded
    decomposed = unicodedata.normalize("NFD", folded)
    return unicodedata.normalize("NFKC", _MARKS.sub("", decomposed)).casefold().translate(_BASE_LETTERS)


def name_key(name: str) -> bytes:
    """Returns the key under which a name exists only once: folded, with single blanks. At most 255 bytes."""
    return " ".join(fold(name).split()).encode()[:MAX_KEY_LENGTH]


def sort_key(name: str, language: str) -> bytes:
    """Returns the key by which a list of names in `language` is sorted. At most 255 bytes.

    Case, accents and punctuation do not count, and numbers are sorted by their value. Chinese characters are sorted by
    their pronunciation: GB 18030 has the 3,755 most frequent ones in the order of pinyin, as GB 2312 (1980) arranged
    them, and the others by radical behind them.
    """
    words = " ".join(_SEPARATORS.sub(" ", fold(name)).split())
    numbered = _NUMBER.sub(lambda number: f"{len(number[1]):02}{number[1]}", words)
    return numbered.encode("gb18030" if language == "zh" else "utf-8")[:MAX_KEY_LENGTH]
