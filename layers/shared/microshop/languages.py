"""The languages of the catalogue: the parameter Languages. The first one is the default, in which every text exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODE = re.compile("[a-z]{2,3}")


class InvalidLanguages(RuntimeError):
    """The parameter Languages is invalid."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"Languages={text} is not a list of different language codes (ISO 639): write it as in `en,zh`, the "
            "default language first."
        )


def parse_languages(text: str) -> tuple[str, ...]:
    """Returns the codes in a text such as `en,zh`, the default language first.

    Raises:
        InvalidLanguages: a code is missing, invalid or repeated.
    """
    codes = tuple(code.strip() for code in text.split(","))
    if len(set(codes)) < len(codes) or not all(map(_CODE.fullmatch, codes)):
        raise InvalidLanguages(text)
    return codes


def in_language[Text](texts: Mapping[str, Text], language: str, default: str) -> Text:
    """Returns the text in `language`, or in the default language if it is missing."""
    return texts.get(language) or texts[default]
