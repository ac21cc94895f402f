"""The rules for text that people write: which characters are permitted, and how text is normalised.

A length counts code points after composition (NFC), as JSON Schema and the database do.
docs/decisions/0046-one-rule-for-text.md has the reasons.
"""

import re
import unicodedata

# Removed at both ends of a text. Inside, a tab becomes a space; the others stay.
BLANKS = "\t \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

# Invisible, although `str.isprintable` is true: fillers and controls that are letters, marks and symbols.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufffc")
# Visible, although they are format characters: signs above and below numbers in Arabic, Syriac and Kaithi.
_VISIBLE = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
_BLANK_BRAILLE = "\u2800"
_ZERO_WIDTH_SPACE, _NON_JOINER, _JOINER = "\u200b\u200c\u200d"
# The combining class of a virama, which removes a consonant's vowel. A joiner after it changes the consonant's form,
# also at the end of a word.
_VIRAMA = 9
# Scripts whose letters joiners change: Hebrew to Myanmar, Khmer, Mongolian, and some outside the first plane.
_JOINING = (
    ("\u0590", "\u109f"),
    ("\u1780", "\u18af"),
    ("\u1900", "\u1aff"),
    ("\ua800", "\uabff"),
    ("\ufb1d", "\ufdff"),
    ("\ufe70", "\ufefc"),
    ("\U00010a00", "\U0001e95f"),
)
# Thai, Lao, Myanmar, Khmer have no blanks between words. The space bar of a Khmer keyboard types U+200B.
_WITHOUT_BLANKS = (("\u0e00", "\u0eff"), ("\u1000", "\u109f"), ("\u1780", "\u17ff"))
_MONGOLIAN = (("\u1820", "\u18af"),)
_HAN = (("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff"))
# Variation selectors, and the characters whose form they choose. Those of emoji (U+FE0E, U+FE0F) have a rule below.
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
    """Whether a string has neither NUL nor a lone surrogate, which databases and mails cannot contain."""
    return _UNSTORABLE.search(text) is None


def normalise_line(text: str, max_length: int) -> str:
    """Returns a name, such as of a person, product or street, in NFC, with spaces for tabs, and trimmed.

    Raises:
        ValueError: the text is empty or too long, has no letter or digit, or has a control or invisible character.
    """
    return _require_letter(_normalise(text, 1, max_length))


def normalise_lines(text: str, max_length: int) -> str:
    """Like normalise_line, but for one or more lines, separated by LF or CR LF. Returns them with LF."""
    return _require_letter(_normalise(text, 1, max_length, "\n"))


def normalise_remark(text: str, max_length: int) -> str:
    """Like normalise_line, but any visible character is enough, such as an emoji. For text that is not searched."""
    remark = _normalise(text, 1, max_length)
    if all(_is_blank(character) for character in remark):
        raise ValueError("must contain a visible character")
    return remark


def normalise_prose(text: str, max_length: int) -> str:
    """Like normalise_lines, but it may be empty or have no letter or digit."""
    return _normalise(text, 0, max_length, "\n")


def normalise_search(text: str) -> str:
    """Returns a search text normalised as stored text is: in NFC, and trimmed.

    It refuses no character, but removes those that stored text cannot contain.
    """
    spaced = (" " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character for character in text)
    line = unicodedata.normalize("NFC", "".join(spaced))
    return "".join(
        character
        for position, character in enumerate(line)
        if not _is_suspicious(character) or _is_permitted(line, position)
    ).strip()


def visible_characters(text: str) -> str:
    """Returns the visible characters of a text, to compare it with other texts."""
    return "".join(character for character in text if not _is_hidden(character))


def _normalise(text: str, min_length: int, max_length: int, breaks: str = "") -> str:
    text = text.replace("\t", " ")
    text = text.replace("\r\n", "\n") if breaks else text
    text = unicodedata.normalize("NFC", text).strip(BLANKS + breaks)
    if not min_length <= len(text) <= max_length:
        least = f"{min_length} to" if min_length else "at most"
        raise ValueError(f"must have {least} {max_length} characters")
    if not (text.isascii() and text.isprintable()):
        _check_characters(text, breaks)
    return text


def _check_characters(text: str, breaks: str) -> None:
    suspicious = {character for character in set(text) if _is_suspicious(character)} - set(breaks)
    if not suspicious:
        return
    for flag in _FLAGS:
        text = text.replace(flag, flag[0])
    for position, character in enumerate(text):
        if character in suspicious and not _is_permitted(text, position):
            raise ValueError(_refusal(character))


def _require_letter(text: str) -> str:
    if not any(map(str.isalnum, text)):
        raise ValueError("must contain a letter or digit")
    return text


def _is_suspicious(character: str) -> bool:
    return (
        not character.isprintable()
        or character in _INVISIBLE
        or any(_is_in(character, selectors) for selectors, _ in _SELECTORS)
    )


def _is_permitted(line: str, position: int) -> bool:
    """Whether a suspicious character has a meaning at its position."""
    character, before, after = line[position], line[position - 1 : position], line[position + 1 : position + 2]
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
    # This includes emoji that are newer than this Python: Unicode reserves the rest of their blocks for emoji.
    return character in _VISIBLE or unicodedata.category(character) == "Zs" or _is_emoji(character)


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
    return any(_is_in(character, script) for script in scripts) and unicodedata.category(character)[0] in "LM"


def _is_in(character: str, ends: tuple[str, str]) -> bool:
    return ends[0] <= character <= ends[1]


def _is_blank(character: str) -> bool:
    return (
        not character.isprintable() or character in (" ", _BLANK_BRAILLE) or unicodedata.category(character)[0] == "M"
    )


def _is_hidden(character: str) -> bool:
    return (
        character in _INVISIBLE
        or character == _BLANK_BRAILLE
        or unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp")
        or any(_is_in(character, selectors) for selectors, _ in _SELECTORS)
    )


def _refusal(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" | "Zl" | "Zp":
            return "must not contain control characters"
        case "Cn" | "Co" | "Cs":
            return f"must not contain U+{ord(character):04X}, which is not a character"
        case _:
            return f"must not contain the invisible character U+{ord(character):04X} here"
