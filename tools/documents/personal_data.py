"""Generates docs/personal-data.md from the map of personal data."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from microshop.privacy.columns import REASONS, REDIS_KEYS, S3_OBJECTS, TABLES, Fate, Whose
from tools import ROOT
from tools.documents.sections import with_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_FILE = ROOT / "docs" / "personal-data.md"
_SOURCE = "layers/shared/microshop/privacy/columns.py"


def documents() -> dict[Path, str]:
    """Returns the document and its expected text."""
    parts = {
        "columns": "| Table, and how its rows are found | Columns | On erasure |\n|---|---|---|\n" + "\n".join(_rows()),
        "other tables": ", ".join(f"`{name}`" for name in _tables_without_persons()) + ".",
        "reasons": "\n".join(f"- **{name}**: {reason}" for name, reason in REASONS.items()),
        "redis": _table("Keys", REDIS_KEYS),
        "s3": _table("Objects", S3_OBJECTS),
    }
    return {_FILE: with_parts(_FILE.read_text(encoding="utf-8"), _SOURCE, parts)}


def _rows() -> Iterator[str]:
    for name, table in TABLES.items():
        if name in _tables_without_persons():
            continue
        title = f"`{name}`" + ("" if table.rows is Whose.NOBODY else f", {table.rows}")
        for (fate, note), columns in groupby(table.fates(), key=lambda each: each[1:]):
            names = ", ".join(f"`{column}`" for column, *_ in columns)
            yield f"| {title} | {names} | {_outcome(fate, note)} |"
            title = ""


def _outcome(fate: Fate, note: str) -> str:
    if fate is Fate.REPLACED:
        return f"{fate}: {f'`{note}`' if note and ' ' not in note else note or 'empty'}"
    return f"{fate}: {note}" if note else fate


def _tables_without_persons() -> list[str]:
    return [name for name, table in TABLES.items() if all(fate is Fate.NOT_PERSONAL for _, fate, _ in table.fates())]


def _table(title: str, outcomes: Mapping[str, str]) -> str:
    lines = [f"| `{name}` | {outcome} |" for name, outcome in outcomes.items()]
    return "\n".join((f"| {title} | On erasure |", "|---|---|", *lines))
