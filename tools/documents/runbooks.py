"""Generates the list in docs/runbooks/README.md from the first lines of the runbooks, in the order of the alarms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools import ROOT
from tools.documents.sections import with_parts
from tools.problems import LocalProblem
from tools.templates.sam import load

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER = ROOT / "docs" / "runbooks"
_LIST = _FOLDER / "README.md"
_FIRST_LINE = re.compile(r"^\*\*(Urgent|Soon)\*\*: (.+)\.$", re.MULTILINE)


def documents() -> dict[Path, str]:
    """Returns the list of runbooks and its expected text.

    Raises:
        LocalProblem: an alarm has no runbook, or the first line of a runbook is malformed.
    """
    rows: dict[str, list[str]] = {"urgent": [], "soon": []}
    for name in _alarms():
        file = _FOLDER / f"{name}.md"
        if not file.exists():
            raise LocalProblem(f"docs/runbooks/{name}.md is missing: explain the alarm and what to do.")
        found = _FIRST_LINE.search(_text(file))
        if not found:
            raise LocalProblem(
                f"docs/runbooks/{name}.md: begin with **Urgent**: or **Soon**: and when the alarm fires."
            )
        rows[found[1].lower()].append(f"| [{name}]({name}.md) | {found[2]} |")
    head = "| Alarm | Fires when |\n|---|---|\n"
    parts = {urgency: head + "\n".join(lines) for urgency, lines in rows.items()}
    return {_LIST: with_parts(_text(_LIST), "docs/runbooks", parts)}


def _alarms() -> list[str]:
    resources = load(ROOT / "infra" / "observability.yaml")["Resources"]
    return [name for name, resource in resources.items() if resource["Type"] == "AWS::CloudWatch::Alarm"]


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
