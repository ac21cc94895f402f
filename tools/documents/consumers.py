"""Reads the table of consumers, infra/consumers.yaml."""

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

# The minimum is a limit of SQS event sources. Each execution may hold a database connection.
_MIN_CONCURRENCY, _MAX_CONCURRENCY = 2, 5


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """A row of the table; infra/consumers.yaml explains the columns."""

    name: str
    description: str
    function: str
    needs: Sequence[Need]
    max_concurrency: int
    missing: str
    events: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    inbox: bool = True

    @property
    def function_id(self) -> str:
        """The function's logical id."""
        return "".join(word.capitalize() for word in self.function.split("_")) + "Function"

    @property
    def has_inbox(self) -> bool:
        """Whether it records which events it has handled."""
        return "database" in self.needs and self.inbox


def consumers() -> list[Consumer]:
    """Returns every row, in the order of the table.

    Raises:
        LocalProblem: a row is malformed.
    """
    return [read_row(name, row) for name, row in _table()["consumers"].items()]


def read_row(name: str, row: Mapping[str, Any]) -> Consumer:
    """Returns a row of the table.

    Raises:
        LocalProblem: a column is missing or unknown, or a value is invalid.
    """
    place, columns = f"{TABLE}, {name}", [column for column in fields(Consumer) if column.name != "name"]
    required = [column.name for column in columns if column.default_factory is MISSING and column.default is MISSING]
    if missing := [column for column in required if column not in row]:
        raise LocalProblem(f"{place}: missing columns: {', '.join(missing)}.")
    if unknown := sorted(row.keys() - {column.name for column in columns}):
        raise LocalProblem(f"{place}: unknown columns: {', '.join(unknown)}.")
    needs = get_args(Need.__value__)
    if others := [need for need in row["needs"] if need not in needs]:
        raise LocalProblem(f"{place}: unknown needs {', '.join(others)}; known are {', '.join(needs)}.")
    if not _MIN_CONCURRENCY <= row["max_concurrency"] <= _MAX_CONCURRENCY:
        raise LocalProblem(f"{place}: max_concurrency must be {_MIN_CONCURRENCY} to {_MAX_CONCURRENCY}.")
    return Consumer(name=name, **row)


def unconsumed_events() -> set[str]:
    """Returns the events without a consumer."""
    return set(_table()["unconsumed"])


def _table() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load((ROOT / TABLE).read_text(encoding="utf-8"))
    return table
