"""The rule for text that people write: which characters the shop takes, and the form in which it keeps them.

A length counts code points after composition (NFC), as JSON Schema and the database do.
docs/decisions/0046-one-rule-for-text.md has the reasons.
"""

import re
import unicodedata

# Left out around text. In the middle a tab becomes a space; the others stay.
BLANKS = "\t \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

# Invisible, although `str.isprintable` says otherwise: fillers and controls that are letters, marks and symbols.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufffc")
# Visible, although they are format characters: signs above and below numbers in Arabic, Syriac and Kaithi.
_SEEN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
_BLANK_BRAILLE = "\u2800"
_ZERO_WIDTH_SPACE, _NON_JOINER, _JOINER = "\u200b\u200c\u200d"
# A virama, which removes a consonant's vowel. A joiner after one changes the consonant's form, at a word's end too.
_VIRAMA = 9
# Scripts with letters that joiners change: Hebrew to Myanmar, Khmer, Mongolian, and those beyond the first plane.
_JOINING = (
    ("\u0590", "\u109f"),
    ("\u1780", "\u18af"),
    ("\u1900", "\u1aff"),
    ("\ua800", "\uabff"),
    ("\ufb1d", "\ufdff"),
    ("\ufe70", "\ufefc"),
    ("\U00010a00", "\U0001e95f"),
)
# Thai, Lao, Myanmar, Khmer: no blanks between words. The space bar of a Khmer keyboard types U+200B.
_WITHOUT_BLANKS = (("\u0e00", "\u0eff"), ("\u1000", "\u109f"), ("\u1780", "\u17ff"))
_MONGOLIAN = (("\u1820", "\u18af"),)
_HAN = (("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff"))
# Variation selectors, and the characters whose form they choose; those of emoji (U+FE0E, U+FE0F) have a rule below.
_SELECTORS = (
    (("\u180b", "\u180f"), _MONGOLIAN),
    (("\ufe00", "\ufe0f"), _HAN),
    (("\U000e0100", "\U000e01ef"), _HAN),
)
_EMOJI_SELECTORS = "\ufe0e\ufe0f"
# Emoji outside the ranges of `_is_emoji`, and the base characters of keycaps.
_OTHER_EMOJI = frozenset("\u00a9\u00ae\u203c\u2049\u2122\u2139\u3030")
_KEYCAP_BASES, _KEYCAP = frozenset("#*0123456789"), "\u20e3"
# The flags of England, Scotland and Wales: a black flag and tags, which are invisible letters.
_FLAGS = tuple(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f"
    for region in ("gbeng", "gbsct", "gbwls")
)


def is_storable(text: str) -> bool:
    """Whether a string has neither NUL nor a lone surrogate, which no database and no mail takes."""
    return _UNSTORABLE.search(text) is None


def normalise_line(text: str, max_length: int) -> str:
    """A line that names something, such as a person, product or street: NFC, spaces for tabs, no blanks around it.

    Raises:
        ValueError: it is empty, too long, has no letter or digit, or has a control or invisible character.
    """
    return _with_letter(_normalised(text, 1, max_length))


def normalise_lines(text: str, max_length: int) -> str:
    """As normalise_line, but of one or more lines, separated by LF or CR LF; LF is kept."""
    return _with_letter(_normalised(text, 1, max_length, "\n"))


def normalise_remark(text: str, max_length: int) -> str:
    """As normalise_line, but an emoji or sign is enough: for text that people read and never look up."""
    remark = _normalised(text, 1, max_length)
    if all(_is_blank(character) for character in remark):
        raise ValueError("must hold a visible character")
    return remark


def normalise_prose(text: str, max_length: int) -> str:
    """As normalise_lines, but an emoji or sign is enough, or nothing."""
    return _normalised(text, 0, max_length, "\n")


def looked_up(text: str) -> str:
    """Return a search text in the form of stored text: NFC, no blanks around it, no characters that are never stored.

    A search refuses no character; it ignores those.
    """
    kept = (" " if unicodedata.category(each) in ("Cc", "Zl", "Zp") else each for each in text)
    line = unicodedata.normalize("NFC", "".join(kept))
    return "".join(each for place, each in enumerate(line) if not _is_doubtful(each) or _may_stand(line, place)).strip()


def without_blanks(text: str) -> str:
    """Return the visible characters of a text, for a comparison with other texts."""
    return "".join(each for each in text if not _is_hidden(each))


def _normalised(text: str, min_length: int, max_length: int, breaks: str = "") -> str:
    text = text.replace("\t", " ")
    text = text.replace("\r\n", "\n") if breaks else text
    shown = unicodedata.normalize("NFC", text).strip(BLANKS + breaks)
    if not min_length <= len(shown) <= max_length:
        least = f"{min_length} to" if min_length else "at most"
        raise ValueError(f"must have {least} {max_length} characters")
    if not (shown.isascii() and shown.isprintable()):
        _check_characters(shown, breaks)
    return shown


def _check_characters(shown: str, breaks: str) -> None:
    doubtful = {character for character in set(shown) if _is_doubtful(character)} - set(breaks)
    if not doubtful:
        return
    for flag in _FLAGS:
        shown = shown.replace(flag, flag[0])
    for place, character in enumerate(shown):
        if character in doubtful and not _may_stand(shown, place):
            raise ValueError(_refusal(character))


def _with_letter(shown: str) -> str:
    if not any(map(str.isalnum, shown)):
        raise ValueError("must hold a letter or digit")
    return shown


def _is_doubtful(character: str) -> bool:
    return not character.isprintable() or character in _UNSEEN or any(_is_in(character, each) for each, _ in _SELECTORS)


def _may_stand(line: str, place: int) -> bool:
    """Whether a doubtful character has a meaning where it stands."""
    character, before, after = line[place], line[place - 1 : place], line[place + 1 : place + 2]
    if character in (_JOINER, _NON_JOINER):
        return _joins_letters(before, after) or (character == _JOINER and _joins_emoji(before, after))
    if character == _ZERO_WIDTH_SPACE:
        return _is_letter_of(before, _WITHOUT_BLANKS) and _is_letter_of(after, _WITHOUT_BLANKS)
    if character in _EMOJI_SELECTORS and (
        _is_emoji(before) or before in _OTHER_EMOJI or (before in _KEYCAP_BASES and after == _KEYCAP)
    ):
        return True
    if any(_is_in(character, selectors) and _is_letter_of(before, bases) for selectors, bases in _SELECTORS):
        return True
    # Includes emoji that are newer than this Python: Unicode reserves the rest of their blocks for emoji.
    return character in _SEEN or unicodedata.category(character) == "Zs" or _is_emoji(character)


def _joins_letters(before: str, after: str) -> bool:
    if not _is_letter_of(before, _JOINING):
        return False
    return _is_letter_of(after, _JOINING) or unicodedata.combining(before) == _VIRAMA


def _joins_emoji(before: str, after: str) -> bool:
    return (_is_emoji(before) or before == _EMOJI_SELECTORS[1]) and _is_emoji(after)


def _is_emoji(character: str) -> bool:
    if "\u2190" <= character <= "\u3299":
        return unicodedata.category(character) in ("So", "Sm") and character != _BLANK_BRAILLE
    return "\U0001f000" <= character <= "\U0001faff"


def _is_letter_of(character: str, scripts: tuple[tuple[str, str], ...]) -> bool:
    return any(_is_in(character, each) for each in scripts) and unicodedata.category(character)[0] in "LM"


def _is_in(character: str, ends: tuple[str, str]) -> bool:
    return ends[0] <= character <= ends[1]


def _is_blank(character: str) -> bool:
    return (
        not character.isprintable() or character in (" ", _BLANK_BRAILLE) or unicodedata.category(character)[0] == "M"
    )


def _is_hidden(character: str) -> bool:
    return (
        character in _UNSEEN
        or character == _BLANK_BRAILLE
        or unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp")
        or any(_is_in(character, each) for each, _ in _SELECTORS)
    )


def _refusal(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" | "Zl" | "Zp":
            return "must not contain control characters"
        case "Cn" | "Co" | "Cs":
            return f"must not contain U+{ord(character):04X}, which is no character"
        case _:
            return f"must not contain the invisible character U+{ord(character):04X} here"
