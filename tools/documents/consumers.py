"""The table of consumers, infra/consumers.yaml."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import yaml

from tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TABLE = "infra/consumers.yaml"

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


def _table() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load((ROOT / TABLE).read_text(encoding="utf-8"))
    return table
