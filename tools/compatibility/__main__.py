"""`python -m tools.compatibility`: fails on breaking changes of API and events that CHANGELOG.md does not declare."""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from tools import ROOT
from tools.compatibility.changes import Change
from tools.compatibility.declared import declared_changes
from tools.compatibility.operations import api_changes, event_changes
from tools.previous_release import PreviousReleaseMissing, previous_release, released_files, released_text

_API = "docs/openapi.yaml"
_EVENTS = "events/schemas"
_CHANGELOG = "CHANGELOG.md"


def main() -> None:
    """Print every undeclared change and the remedy."""
    try:
        changes = breaking_changes(ROOT)
        declared = declared_changes((ROOT / _CHANGELOG).read_text(encoding="utf-8"), released_text(_CHANGELOG))
    except PreviousReleaseMissing as problem:
        sys.exit(f"compatibility: {problem}")
    undeclared = [change for change in changes if change.where not in declared]
    if undeclared:
        sys.exit(_report(undeclared))
    print(f"compatibility: no undeclared breaking changes of API and events since {previous_release()[:7]}")


def breaking_changes(root: Path) -> list[Change]:
    """Returns changes that break clients of the previous release's API or consumers of its events.

    Raises:
        PreviousReleaseMissing: the clone is shallow.
    """
    changes = api_changes(_document(released_text(_API)), _document((root / _API).read_text(encoding="utf-8")))
    for path in released_files(_EVENTS):
        file = root / path
        now = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
        changes += event_changes(Path(path).stem, json.loads(released_text(path)), now)
    return changes


def _document(text: str) -> Any:
    # libyaml if PyYAML includes it: 0.2 s instead of 2 s.
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders


def _report(changes: list[Change]) -> str:
    first = changes[0].where
    return "\n".join(
        [
            f"compatibility: undeclared changes since {previous_release()[:7]} break clients:",
            *(f"  {change.where}: {change.what}" for change in changes),
            'Revert them, or declare each place in backticks under "### Breaking" of [Unreleased], such as',
            f"- `{first}`: the reason, and what clients do instead.",
        ]
    )


if __name__ == "__main__":
    main()
