"""Splits texts and searches into the words of the search index. docs/decisions/0090-search-index.md has the reasons."""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from microshop.collation import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_WORD_LENGTH = 64
MAX_SEARCH_LENGTH = 100
MAX_QUERY_WORDS = 16

# These join the parts of a compound, as in `T-shirt`, `COF_001`, `women's` and `H&M`. NFKC has made U+2011 U+2010.
_JOINERS = frozenset("-_'&\u2019\u02bc\u2010\u2013")
# Names of characters begin with their script. These scripts have no blanks between words.
_CJK = frozenset({"CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "IDEOGRAPHIC"})
_OTHER_UNSPACED = frozenset({"HANGUL", "THAI", "LAO", "KHMER", "MYANMAR"})
_DIGIT, _MARK, _JOINER, _INVISIBLE, _SEPARATOR = "digit", "mark", "joiner", "invisible", "separator"
_NOT_SCRIPTS = frozenset({_MARK, _JOINER, _INVISIBLE, _SEPARATOR})
# NFKC would add `tm` to the word before the sign.
_SIGNS = str.maketrans({"\u2120": " ", "\u2122": " "})
# Symbols that belong to a single letter before them.
_SYMBOLS = ("++", "#")


class Term(NamedTuple):
    """A part of a search that stands together.

    A listing matches if it contains the `compound`, such as `cof001` of `COF-001`, or all `words`: `cof` and `001`. The
    compound of a single word is this word, and that of a script without blanks is empty.
    """

    words: tuple[str, ...]
    compound: str


class _Run(NamedTuple):
    """Characters of one script, or digits. `is_joined` if no separator precedes them."""

    script: str
    characters: tuple[str, ...]
    is_joined: bool

    @property
    def text(self) -> str:
        return "".join(self.characters)

    @property
    def is_unspaced(self) -> bool:
        return self.script == "CJK" or self.script in _OTHER_UNSPACED


def words_of(text: str) -> frozenset[str]:
    """Returns the words under which a text is found: of at most 64 characters, folded."""
    found = set[str]()
    for runs in _compounds(text):
        term = _term(runs)
        found.update(term.words)
        if runs[0].is_unspaced:
            found.update(character[:MAX_WORD_LENGTH] for character in runs[0].characters)
        elif term.compound:
            found.add(term.compound)
    return frozenset(found)


def terms_of(search: str) -> list[Term]:
    """Returns the terms of a search, each once, in their order. Ignores those beyond 16 words."""
    terms, words = dict[Term, None](), 0
    for runs in _compounds(search):
        term = _term(runs)
        words += len(term.words)
        if words > MAX_QUERY_WORDS:
            remaining = MAX_QUERY_WORDS - words + len(term.words)
            term = Term(term.words[:remaining], "")
        if term.words:
            terms[term] = None
    return list(terms)


def is_unspaced(word: str) -> bool:
    """Whether a word belongs to a script without blanks between words, so that words are pairs of characters."""
    script = script_of(word[0])
    return script == "CJK" or script in _OTHER_UNSPACED


def script_of(character: str) -> str:
    """Returns the script of a folded letter, such as LATIN, HANGUL or CJK; for other characters none of these."""
    return _kind(character)


def _term(runs: list[_Run]) -> Term:
    first = runs[0]
    if first.is_unspaced:
        pairs = zip(first.characters, first.characters[1:], strict=False)
        words = tuple(dict.fromkeys("".join(pair)[:MAX_WORD_LENGTH] for pair in pairs))
        return Term(words or (first.text[:MAX_WORD_LENGTH],), "")
    words = tuple(dict.fromkeys(run.text[:MAX_WORD_LENGTH] for run in runs))
    if len(runs) == 1:
        return Term(words, words[0])
    compound = "".join(run.text for run in runs)
    # A compound has a letter: 1-5 does not contain the number 15.
    is_word = len(compound) <= MAX_WORD_LENGTH and any(run.script != _DIGIT for run in runs)
    return Term(words, compound if is_word else "")


def _compounds(text: str) -> Iterator[list[_Run]]:
    """Yields the runs of each compound. A run of a script without blanks is always alone."""
    compound: list[_Run] = []
    for run in _runs(text):
        if compound and (not run.is_joined or run.is_unspaced or compound[0].is_unspaced):
            yield compound
            compound = []
        compound.append(run)
    if compound:
        yield compound


def _runs(text: str) -> Iterator[_Run]:
    folded = fold(text.translate(_SIGNS))
    position, joins = 0, False
    while position < len(folded):
        kind = _kind(folded[position])
        if kind in _NOT_SCRIPTS:
            # A single joiner between two runs joins them; a mark or an invisible character changes nothing.
            joins = (kind == _JOINER and joins and _kind(folded[position - 1]) != _JOINER) or (
                joins and kind in (_MARK, _INVISIBLE)
            )
            position += 1
            continue
        characters, end = _characters(folded, position, kind)
        yield _Run(kind, characters, joins)
        position, joins = end, True


def _characters(folded: str, start: int, kind: str) -> tuple[tuple[str, ...], int]:
    """Returns the characters of the run that begins at `start`, each with its marks, and the run's end."""
    characters: list[str] = []
    position = start
    while position < len(folded):
        character = folded[position]
        found = _kind(character)
        if found == kind:
            characters.append(str(unicodedata.decimal(character)) if kind == _DIGIT else character)
        elif found == _MARK:
            characters[-1] += character
        elif found != _INVISIBLE:
            break
        position += 1
    if len(characters) == 1 and kind == "LATIN" and (start == 0 or _kind(folded[start - 1]) == _SEPARATOR):
        symbol = next((each for each in _SYMBOLS if folded.startswith(each, position)), "")
        end = position + len(symbol)
        if symbol and (end == len(folded) or _kind(folded[end]) == _SEPARATOR):
            return (characters[0] + symbol,), end
    return tuple(characters), position


@functools.lru_cache(maxsize=4096)
def _kind(character: str) -> str:
    if "a" <= character <= "z":
        return "LATIN"
    if character in _JOINERS:
        return _JOINER
    if character.isdecimal():
        return _DIGIT
    if character.isalnum():
        script = unicodedata.name(character, "OTHER").replace("-", " ").split(" ", 1)[0]
        return "CJK" if script in _CJK else script
    return _kind_of_others(character)


def _kind_of_others(character: str) -> str:
    category = unicodedata.category(character)
    # U+200B separates words of Thai, Lao, Khmer and Myanmar.
    if category == "Cf" and character != "\u200b":
        return _INVISIBLE
    return _MARK if category.startswith("M") else _SEPARATOR
