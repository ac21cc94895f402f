"""The table of consumers, and the files that have parts written from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import yaml

from tools import ROOT
from tools.documents import consumer_parts
from tools.documents.sections import with_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SOURCE = "infra/consumers.yaml"

type Need = Literal["database", "redis", "mail"]


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """A row of the table; infra/consumers.yaml explains the columns."""

    name: str
    does: str
    function: str
    needs: Sequence[Need]
    at_once: int
    missing: str
    events: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def function_id(self) -> str:
        """The function's logical id."""
        return "".join(word.capitalize() for word in self.function.split("_")) + "Function"

    @property
    def has_inbox(self) -> bool:
        """Whether it records which events it has handled."""
        return "database" in self.needs


def consumers() -> list[Consumer]:
    """Every row, in the table's order."""
    return [Consumer(name=name, **row) for name, row in _table()["consumers"].items()]


def unheard() -> set[str]:
    """The events that no consumer wants."""
    return set(_table()["unheard"])


def documents() -> dict[Path, str]:
    """The text of every file that has parts written from the table, as it should be."""
    rows = consumers()
    return {
        ROOT / name: with_parts((ROOT / name).read_text(encoding="utf-8"), _SOURCE, parts)
        for name, parts in consumer_parts.parts(rows).items()
    }


def _table() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load((ROOT / _SOURCE).read_text(encoding="utf-8"))
    return table
