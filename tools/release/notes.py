"""Owns the reading of CHANGELOG.md: what a release's notes say, and whether its version is the project's."""

import re
import tomllib
from pathlib import Path

from tools.release.problems import ReleaseProblem

# `## [1.2.0] - 2026-11-25`, or `## [Unreleased]`
_HEADING = re.compile(r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d{2}-\d{2}))?[ \t]*$", re.MULTILINE)
_LINK = re.compile(r"^\[[^\]]+\]: \S+$", re.MULTILINE)


def notes_of(changelog: str, version: str) -> str:
    """What the changelog says of a version, without its heading.

    Raises:
        ReleaseProblem: it says nothing of it.
    """
    headings = list(_HEADING.finditer(changelog))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        if heading["version"] == version:
            section = changelog[heading.end() : following.start() if following else None]
            notes = _LINK.sub("", section).strip()
            if not notes:
                raise ReleaseProblem(f"CHANGELOG.md has nothing under {version}: say there what the release brings")
            return notes
    known = ", ".join(heading["version"] for heading in headings) or "none"
    raise ReleaseProblem(f"CHANGELOG.md has no section {version} (it has: {known}): give the release its section")


def check_version(root: Path, version: str) -> None:
    """That `version` is what pyproject.toml says and the newest of CHANGELOG.md, with its date.

    Raises:
        ReleaseProblem: it is not.
    """
    stated = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if stated != version:
        raise ReleaseProblem(f"pyproject.toml says version {stated}, not {version}: make them one")
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    released = [heading for heading in _HEADING.finditer(changelog) if heading["version"] != "Unreleased"]
    if not released or released[0]["version"] != version or not released[0]["date"]:
        raise ReleaseProblem(
            f"the newest release in CHANGELOG.md is not {version}: turn [Unreleased] into `## [{version}] - <date>`"
        )
