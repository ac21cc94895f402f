"""Refuses passwords that attackers try first (NIST SP 800-63B-4, 3.1.1.2): common ones, and those made of known words.

`common_passwords.txt.gz` holds 40,330 leaked passwords of at least 4 characters, case-folded and sorted, one per line.
`tools/common_passwords.py` made it on 2026-11-29 from the lists of Django 6.1.3 (BSD) and @zxcvbn-ts/language-common
4.1.3 (MIT); it omits passwords that differ from another one only by additions. The licences are in
`common_passwords.licences.txt`, the reasons for the rules in docs/decisions/0001-passwords.md.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, InvalidInput
from microshop.text import visible_characters
from microshop.users.user import MIN_PASSWORD_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable

# Characters that people add to a word: digits and keyboard symbols. Other symbols count as words.
ADDITIONS = "0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
# A shorter word with additions is no more common than other passwords of that length.
MIN_CORE_LENGTH = 4

_FILE = Path(__file__).parent / "common_passwords.txt.gz"
_GZIP = 31  # zlib's window bits for a gzip file; importing the gzip module would slow down the cold start
_SERVICE = "microshop"
_MIN_WORD_LENGTH = 3
_SUBSTITUTIONS = str.maketrans("013457@$!|", "oieastasil")
_MATCHED = "\0"
_SPLIT = re.compile(r"[\d\s!-/:-@\[-`{-~]+")
# From three characters on, a run such as 111, abc or 321 counts as one character.
_MIN_RUN = 3
_MIN_WITHOUT_RUNS = 5


def refuse_guessable(password: str, *, field: str, shop_name: str, username: str, email: str) -> None:
    """Check a new password. Takes up to 4 ms the first time, then 0.3 to 2.4 ms.

    Raises:
        InvalidInput: the password is common, only repeats or counts, or consists of the shop's name, the user name or
            the email address with digits and signs.
    """
    candidate = visible_characters(fold(password))
    if _is_made_of(candidate, _words((_SERVICE, shop_name, username, email))):
        reason = "must not be made of the shop's name, the user name or the email address alone"
    elif _is_common(candidate):
        reason = "is a common password, or one with digits or signs around it, which attackers try first"
    elif _is_regular(candidate) or _is_regular(candidate.strip(ADDITIONS)):
        reason = "must not only repeat characters or follow their order, as abcabc or 1234"
    else:
        return
    raise InvalidInput(FieldProblem(field, reason))


def fold(text: str) -> str:
    """Returns the text in the form for comparing passwords: NFKC, as before hashing, and case-folded."""
    return unicodedata.normalize("NFKC", text).casefold()


@functools.cache
def _common_passwords() -> bytes:
    return zlib.decompress(_FILE.read_bytes(), _GZIP)


def _is_listed(text: str) -> bool:
    return any(f"\n{each}\n".encode() in _common_passwords() for each in {text, text.translate(_SUBSTITUTIONS)})


def _is_common(candidate: str) -> bool:
    """Returns whether the password is common, alone or with weak additions."""
    unit = _repeated_unit(candidate)
    if _is_listed(candidate) or _is_listed(unit):
        return True
    without_end = unit.rstrip(ADDITIONS)
    cores = (without_end.lstrip(ADDITIONS), without_end, unit.lstrip(ADDITIONS))
    return any(
        MIN_CORE_LENGTH <= len(core) < len(unit)
        and _is_listed(_repeated_unit(core))
        and _is_weak(unit.replace(core, "", 1))
        for core in cores
    )


def _is_weak(additions: str) -> bool:
    return len(additions) < MIN_PASSWORD_LENGTH or _is_listed(additions) or _is_regular(additions)


def _is_regular(text: str) -> bool:
    """Returns whether the text is long enough for a password but weak, because it repeats characters or counts."""
    if len(text) < MIN_PASSWORD_LENGTH:
        return False
    return len(_repeated_unit(text)) < MIN_PASSWORD_LENGTH or _length_without_runs(text) < _MIN_WITHOUT_RUNS


def _repeated_unit(text: str) -> str:
    """Returns the shortest prefix that the text repeats; the last repetition may be partial."""
    periods = range(1, len(text) // 2 + 1)
    return next((text[:period] for period in periods if text[period:] == text[:-period]), text)


def _length_without_runs(text: str) -> int:
    """Returns the number of characters, where each run in steps of 0, 1 or -1 counts as one."""
    steps = [ord(after) - ord(before) for before, after in itertools.pairwise(text)]
    length, place = 0, 0
    while place < len(text):
        end = place + 1
        while end < len(text) and steps[end - 1] == steps[place] and abs(steps[place]) <= 1:
            end += 1
        length += 1
        place = end if end - place >= _MIN_RUN else place + 1
    return length


def _words(texts: Iterable[str]) -> list[str]:
    """Returns the words in the texts and each text without separators, forwards and backwards, longest first."""
    pieces = set[str]()
    for text in map(fold, texts):
        found = [visible_characters(piece) for piece in _SPLIT.split(text)]
        # Two characters are enough in scripts such as Chinese, where a character is a word.
        pieces |= {
            piece for piece in found if len(piece) >= _MIN_WORD_LENGTH or (len(piece) > 1 and not piece.isascii())
        }
        pieces.add("".join(found))
    return sorted({each for piece in pieces if len(piece) > 1 for each in (piece, piece[::-1])}, key=len, reverse=True)


def _is_made_of(candidate: str, words: Iterable[str]) -> bool:
    """Returns whether the password consists of the words and additions, which may separate or replace letters."""
    letters, decoded = _SPLIT.sub("", candidate), candidate.translate(_SUBSTITUTIONS)
    rest = letters
    for word in words:
        rest = rest.replace(word, "")
        decoded = decoded.replace(word, _MATCHED * len(word))
    left = "".join(sign for sign, spelling in zip(candidate, decoded, strict=True) if spelling != _MATCHED)
    return letters != "" and (rest == "" or (_MATCHED in decoded and _SPLIT.sub("", left) == ""))
