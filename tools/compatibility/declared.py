"""Reads which breaking changes CHANGELOG.md declares."""

import re

_SECTION = re.compile(r"^## \[(?P<version>[^\]]+)\].*$", re.MULTILINE)
_BREAKING = re.compile(r"^### Breaking[ \t]*\n(?P<text>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")


def declared_changes(changelog: str, previous_changelog: str) -> set[str]:
    """Returns the places in backticks under "### Breaking" of every version newer than the previous release.

    Not only of [Unreleased], because the commit of a release has already renamed that section to the version.
    """
    released = set(_SECTION.findall(previous_changelog)) - {"Unreleased"}
    return {
        " ".join(place.split())
        for version, section in _sections(changelog).items()
        if version not in released
        for breaking in _BREAKING.finditer(section)
        for place in _CODE.findall(breaking["text"])
    }


def _sections(changelog: str) -> dict[str, str]:
    headings = list(_SECTION.finditer(changelog))
    ends = [*(heading.start() for heading in headings[1:]), len(changelog)]
    return {heading["version"]: changelog[heading.end() : end] for heading, end in zip(headings, ends, strict=True)}
