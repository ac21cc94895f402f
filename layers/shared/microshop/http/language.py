"""The language that a client prefers (RFC 9110, 12.5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def preferred_language[Tag: str](accept_language: str, supported: Sequence[Tag]) -> Tag:
    """Returns the language in `supported` with the highest quality value, or the first if the header accepts none.

    Regions and scripts are ignored: zh-CN, zh-TW and zh-Hans are zh.
    """
    qualities = dict[str, float]()
    for entry in accept_language.lower().split(","):
        tag, _, parameter = entry.partition(";")
        language = tag.strip().partition("-")[0]
        qualities[language] = max(_quality(parameter), qualities.get(language, 0))
    order = list(qualities)  # among languages of equal quality, the first one wins

    def rank(language: Tag) -> tuple[float, int]:
        listed = language if language in qualities else "*"
        return qualities.get(listed, 0), -order.index(listed) if listed in qualities else 0

    best = max(supported, key=rank)
    return best if rank(best)[0] > 0 else supported[0]


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1
    try:
        quality = float(value)
    except ValueError:
        return 0
    return quality if 0 <= quality <= 1 else 0
