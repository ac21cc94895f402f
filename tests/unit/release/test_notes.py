"""Release notes from CHANGELOG.md."""

import tomllib
from pathlib import Path

import pytest

from tools import ROOT
from tools.release.notes import check_version, notes_of
from tools.release.problems import ReleaseProblem

_CHANGELOG = """\
# Changelog

The form is that of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).

## [Unreleased]

## [0.2.0] - 2026-11-25

### Added
- Deployment into an account.

### Fixed
- A typo.

## [0.1.0] - 2026-11-01

### Added
- The shop.

[Unreleased]: https://example.com/compare/v0.2.0...HEAD
[0.1.0]: https://example.com/releases/v0.1.0
"""


def test_notes_are_the_section_of_the_version() -> None:
    notes = notes_of(_CHANGELOG, "0.2.0")

    assert notes == "### Added\n- Deployment into an account.\n\n### Fixed\n- A typo."


def test_notes_leave_out_the_links_at_the_end() -> None:
    assert notes_of(_CHANGELOG, "0.1.0") == "### Added\n- The shop."


def test_version_without_a_section_is_refused_with_the_existing_ones() -> None:
    with pytest.raises(ReleaseProblem, match=r"no section 0\.3\.0 \(it has: Unreleased, 0\.2\.0, 0\.1\.0\)"):
        notes_of(_CHANGELOG, "0.3.0")


def test_empty_section_is_refused() -> None:
    with pytest.raises(ReleaseProblem, match=r"the section Unreleased of .* is empty"):
        notes_of(_CHANGELOG, "Unreleased")


def test_version_is_not_found_by_its_prefix() -> None:
    with pytest.raises(ReleaseProblem, match=r"no section 0\.2"):
        notes_of(_CHANGELOG, "0.2")


def test_version_can_be_released_when_both_files_name_it(tmp_path: Path) -> None:
    check_version(_project(tmp_path, "0.2.0"), "0.2.0")


def test_version_is_refused_when_pyproject_names_another(tmp_path: Path) -> None:
    with pytest.raises(ReleaseProblem, match=r"pyproject\.toml has version 0\.1\.0, not 0\.2\.0"):
        check_version(_project(tmp_path, "0.1.0"), "0.2.0")


def test_version_is_refused_when_it_is_not_the_newest(tmp_path: Path) -> None:
    with pytest.raises(ReleaseProblem, match=r"newest release in CHANGELOG\.md is not 0\.1\.0"):
        check_version(_project(tmp_path, "0.1.0"), "0.1.0")


def test_version_without_a_date_is_refused(tmp_path: Path) -> None:
    root = _project(tmp_path, "0.2.0")
    (root / "CHANGELOG.md").write_text(_CHANGELOG.replace("[0.2.0] - 2026-11-25", "[0.2.0]"))

    with pytest.raises(ReleaseProblem, match=r"newest release in CHANGELOG\.md is not 0\.2\.0"):
        check_version(root, "0.2.0")


def test_changelog_and_pyproject_of_this_project_agree() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

    if f"## [{version}]" in changelog:
        check_version(ROOT, version)
    else:  # the version that [Unreleased] will become
        assert notes_of(changelog, "Unreleased")


def _project(folder: Path, version: str) -> Path:
    (folder / "pyproject.toml").write_text(f'[project]\nname = "shop"\nversion = "{version}"\n')
    (folder / "CHANGELOG.md").write_text(_CHANGELOG)
    return folder
