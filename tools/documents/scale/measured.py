"""The measured figures that docs/scale.md computes with, from the results of benchmarks in docs/performance."""

import functools
import json
from typing import Any

from tools import ROOT

_RESULTS = ROOT / "docs" / "performance"


@functools.cache
def _result(part: str) -> Any:
    return json.loads((_RESULTS / f"{part}.json").read_text(encoding="utf-8"))


def figure(part: str, row: str, column: str) -> float:
    """Returns the number in the first table of a part that has this row, at this column.

    Raises:
        LookupError: the part has no such row or column.
    """
    for table in _result(part)["section"]["tables"]:
        for cells in table["rows"]:
            if cells[0] == row and column in table["header"]:
                return float(cells[table["header"].index(column)])
    raise LookupError(f"docs/performance/{part}.json has no row {row!r} with a column {column!r}")


_AN_ORDER = "an order"
DATABASE_SECONDS = figure("traffic", "database, CPU ms", _AN_ORDER) / 1000
DATABASE_STATEMENTS = figure("traffic", "database, statements", _AN_ORDER)
REDIS_SECONDS = figure("traffic", "Redis, CPU ms", _AN_ORDER) / 1000
REDIS_COMMANDS = figure("traffic", "Redis, commands", _AN_ORDER)
HOT_PRODUCT = figure("hot_product", "one call of a procedure (the shop)", "Orders/s")  # of 16 buyers
RELAY_CPU_SECONDS = figure("relay", "this release", "CPU per event, ms") / 1000
