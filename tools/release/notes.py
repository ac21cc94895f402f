"""Reads release notes from CHANGELOG.md, and checks the version of a release."""

import re
import tomllib
from pathlib import Path

from tools.release.problems import ReleaseProblem

# `## [1.2.0] - 2026-11-25`, or `## [Unreleased]`
_HEADING = re.compile(r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d{2}-\d{2}))?[ \t]*$", re.MULTILINE)
_LINK = re.compile(r"^\[[^\]]+\]: \S+$", re.MULTILINE)


def notes_of(changelog: str, version: str) -> str:
    """Returns the changelog's section of a version, without its heading.

    Raises:
        ReleaseProblem: the section is missing or empty.
    """
    headings = list(_HEADING.finditer(changelog))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        if heading["version"] == version:
            section = changelog[heading.end() : following.start() if following else None]
            notes = _LINK.sub("", section).strip()
            if not notes:
                raise ReleaseProblem(f"the section {version} of CHANGELOG.md is empty: describe the release there")
            return notes
    known = ", ".join(heading["version"] for heading in headings) or "none"
    raise ReleaseProblem(f"CHANGELOG.md has no section {version} (it has: {known}): add one")


def check_version(root: Path, version: str) -> None:
    """Check that `version` is the version in pyproject.toml and the newest, dated section of CHANGELOG.md.

    Raises:
        ReleaseProblem: it is not.
    """
    stated = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if stated != version:
        raise ReleaseProblem(f"pyproject.toml has version {stated}, not {version}: change one of them")
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    released = [heading for heading in _HEADING.finditer(changelog) if heading["version"] != "Unreleased"]
    if not released or released[0]["version"] != version or not released[0]["date"]:
        raise ReleaseProblem(
            f"the newest release in CHANGELOG.md is not {version}: rename [Unreleased] to `## [{version}] - <date>`"
        )
