"""The table of consumers, infra/consumers.yaml."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

import yaml

from tools import ROOT
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TABLE = "infra/consumers.yaml"

type Need = Literal["database", "redis", "mail"]

# SQS takes no maximum below 2, and each execution may hold a connection of the database.
_FEWEST_AT_ONCE, _MOST_AT_ONCE = 2, 5


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
    """Every row, in the table's order.

    Raises:
        LocalProblem: a row is malformed.
    """
    return [read_row(name, row) for name, row in _table()["consumers"].items()]


def read_row(name: str, row: Mapping[str, Any]) -> Consumer:
    """Returns a row of the table.

    Raises:
        LocalProblem: it lacks a column, has an unknown one, or a value that no consumer can have.
    """
    place, columns = f"{TABLE}, {name}", [column for column in fields(Consumer) if column.name != "name"]
    required = [column.name for column in columns if column.default_factory is MISSING]
    if missing := [column for column in required if column not in row]:
        raise LocalProblem(f"{place}: lacks {', '.join(missing)}.")
    if unknown := sorted(row.keys() - {column.name for column in columns}):
        raise LocalProblem(f"{place}: no column is called {', '.join(unknown)}.")
    needs = get_args(Need.__value__)
    if others := [need for need in row["needs"] if need not in needs]:
        raise LocalProblem(f"{place}: needs {', '.join(others)}; known are {', '.join(needs)}.")
    if not _FEWEST_AT_ONCE <= row["at_once"] <= _MOST_AT_ONCE:
        raise LocalProblem(f"{place}: at_once is {_FEWEST_AT_ONCE} to {_MOST_AT_ONCE}.")
    return Consumer(name=name, **row)


def unheard() -> set[str]:
    """The events that no consumer wants."""
    return set(_table()["unheard"])


def _table() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load((ROOT / TABLE).read_text(encoding="utf-8"))
    return table
