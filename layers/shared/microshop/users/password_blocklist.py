"""Refuses passwords that attackers try first (NIST SP 800-63B-4, 3.1.1.2): common ones, and those made of known words.

`common_passwords.txt.gz` holds 21,648 passwords of leaks, folded and sorted, one a line: those of at least 8 characters
from the lists of Django 6.1.3 (BSD) and @zxcvbn-ts/language-common 4.1.3 (MIT), read on 2026-11-28 by
`tools/common_passwords.py`. Their licences are in `common_passwords.licences.txt`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

_FILE = Path(__file__).parent / "common_passwords.txt.gz"
_GZIP = 31  # zlib's window bits for a gzip file; the module gzip loads more than a request should
_SERVICE = "microshop"
_MIN_WORD_LENGTH = 3
_LETTERS_FOR_SIGNS = str.maketrans("013457@$!|", "oieastasil")
_TAKEN = "\0"
# Characters that people add to a word: digits, spaces and the signs of a keyboard. Other symbols are words themselves.
_ADDITIONS = re.compile(r"[\d\s!-/:-@\[-`{-~]+")


def refuse_guessable(password: str, *, field: str, shop_name: str, username: str, email: str) -> None:
    """Check a new password: 1.2 ms the first time, 0.07 ms after that.

    Raises:
        InvalidInput: it is common, or made of the shop's or the user's names and address, digits and signs.
    """
    wanted = _folded(password)
    if f"\n{wanted}\n".encode() in _common():
        raise InvalidInput(FieldProblem(field, "is a common password, which attackers try first"))
    if _is_made_of(wanted, _words((_SERVICE, shop_name, username, email))):
        reason = "must not be made of the shop's name, the user name or the email address alone"
        raise InvalidInput(FieldProblem(field, reason))


@functools.cache
def _common() -> bytes:
    return zlib.decompress(_FILE.read_bytes(), _GZIP)


def _folded(text: str) -> str:
    # NFKC, as passwords are before they are hashed (passwords.py).
    return unicodedata.normalize("NFKC", text).casefold()


def _words(texts: Iterable[str]) -> list[str]:
    """The words of texts and the texts themselves as letters, forwards and backwards, the longest first."""
    pieces = set[str]()
    for text in map(_folded, texts):
        found = _ADDITIONS.split(text)
        # Two characters are enough in scripts such as Chinese, where a character is a word.
        pieces |= {
            piece for piece in found if len(piece) >= _MIN_WORD_LENGTH or (len(piece) > 1 and not piece.isascii())
        }
        pieces.add("".join(found))
    return sorted({each for piece in pieces if len(piece) > 1 for each in (piece, piece[::-1])}, key=len, reverse=True)


def _is_made_of(wanted: str, words: Iterable[str]) -> bool:
    """Whether the password without the words has only additions left, between letters or in place of letters."""
    parts, spelt = _ADDITIONS.sub("", wanted), wanted.translate(_LETTERS_FOR_SIGNS)
    rest = parts
    for word in words:
        rest = rest.replace(word, "")
        spelt = spelt.replace(word, _TAKEN * len(word))
    left = "".join(sign for sign, spelling in zip(wanted, spelt, strict=True) if spelling != _TAKEN)
    return (parts != "" and rest == "") or (_TAKEN in spelt and _ADDITIONS.sub("", left) == "")
